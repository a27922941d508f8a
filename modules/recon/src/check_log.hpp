#pragma once

#include <map>
#include <string>
#include <tuple>

#include "tieout/recon/checks.hpp"

namespace tieout::recon {

/// What violates a check.
struct Violation {
  Timestamp bar;
  std::string part;
  std::string column = {};
  AssetId asset = kNoAsset;
  std::string found = {};
  std::string needed = {};
  std::string note = {};  // one sentence
};

/// One check while it is made: collects, and writes its outcome and findings on finish().
class CheckLog {
 public:
  CheckLog(CheckReport& out, std::string_view id, std::string run);
  CheckLog(const CheckLog&) = delete;
  CheckLog& operator=(const CheckLog&) = delete;
  ~CheckLog();

  void look(std::uint64_t count = 1) { looked_ += count; }
  /// Of several violations of one part, column and asset the first is told, with their number.
  void violate(Violation violation);
  /// A number for people, whatever it is.
  void report(const Violation& what);
  /// Why it cannot be made; ignored when something was looked at.
  void skip(std::string why) { why_ = std::move(why); }

 private:
  struct Group {
    Violation first;
    std::uint64_t count = 0;
  };
  Finding finding_of(const Violation& violation, std::uint64_t count) const;

  static constexpr std::size_t kMaxGroups = 100;  // told; all are counted
  CheckReport& out_;
  const CheckInfo& info_;
  std::string run_, why_;
  std::uint64_t looked_ = 0, violations_ = 0;
  bool reported_ = false;
  std::map<std::tuple<std::string, std::string, AssetId>, Group> groups_;
  std::vector<Finding> reports_;
};

}  // namespace tieout::recon
