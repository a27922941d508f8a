#pragma once

#include <string>
#include <string_view>

#include "facts.hpp"

namespace tieout::report {

/// The one assertion of the report in the words of the guide.
struct Check {
  bool passed = false;
  std::string code;     // the notebook cell that asserts
  std::string message;  // banner of 80 '#', "* Failed assertion *", the two values, the node and
                        // bar; "" when passed
};

Check check_of(const Facts& facts);

/// A cell that asserts what report.json says, after `comment`, whose lines end.
std::string stored_check_code(std::string_view comment);

/// `inside` between the lines of 80 '#' of a failed assertion.
std::string banner(const std::string& inside);

/// The end of run_notebook.0.log for a failed check: the cell between dashes, the traceback, the
/// banner.
std::string failure_text(const Check& check, std::size_t cell_number);

/// The traceback alone, line by line as a notebook stores it.
std::string traceback_text(const Check& check, std::size_t cell_number);

}  // namespace tieout::report
