#pragma once

#include <string>

namespace tieout::report {

/// The `d` of a path in whole numbers: absolute moves, relative lines. Lines that go on in the same
/// direction are one.
class PathWriter {
 public:
  void move_to(int x, int y);
  void line_to(int x, int y);
  /// Join the end with the last move.
  void close();
  /// Markup that stands for itself, behind a move: a marker.
  void stamp(int x, int y, const char* shape);
  std::string take();

 private:
  void flush();

  std::string out_;
  int x_ = 0, y_ = 0;          // where the pen is
  int run_x_ = 0, run_y_ = 0;  // the line that is not written yet
  bool in_lines_ = false;      // the last command written was a line: its letter may be left out
};

}  // namespace tieout::report
