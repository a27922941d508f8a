#include "chart_path.hpp"

#include <cstdint>

#include <fmt/format.h>

namespace tieout::report {
namespace {

bool same_direction(int ax, int ay, int bx, int by) {
  return static_cast<std::int64_t>(ax) * by == static_cast<std::int64_t>(ay) * bx &&
         static_cast<std::int64_t>(ax) * bx + static_cast<std::int64_t>(ay) * by > 0;
}

}  // namespace

void PathWriter::flush() {
  if (run_x_ == 0 && run_y_ == 0) return;
  if (!in_lines_) {
    out_ += 'l';
  } else if (run_x_ >= 0) {
    out_ += ' ';
  }
  out_ += fmt::format("{}{}{}", run_x_, run_y_ < 0 ? "" : " ", run_y_);
  in_lines_ = true;
  run_x_ = run_y_ = 0;
}

void PathWriter::move_to(int x, int y) {
  flush();
  out_ += fmt::format("M{} {}", x, y);
  in_lines_ = false;
  x_ = x;
  y_ = y;
}

void PathWriter::line_to(int x, int y) {
  const int dx = x - x_;
  const int dy = y - y_;
  if (dx == 0 && dy == 0) return;
  x_ = x;
  y_ = y;
  if ((run_x_ != 0 || run_y_ != 0) && !same_direction(run_x_, run_y_, dx, dy)) flush();
  run_x_ += dx;
  run_y_ += dy;
}

void PathWriter::close() {
  flush();
  out_ += 'z';
  in_lines_ = false;
}

void PathWriter::stamp(int x, int y, const char* shape) {
  move_to(x, y);
  out_ += shape;
}

std::string PathWriter::take() {
  flush();
  in_lines_ = false;
  return std::move(out_);
}

}  // namespace tieout::report
