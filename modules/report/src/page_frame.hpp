#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "document.hpp"

namespace tieout::report {

/// A check mark, a cross or a question mark.
std::string_view mark_of(Tone tone) noexcept;

/// The document around a first screen (`head`, markup) and sections: style, policy against scripts
/// and network, contents, footer. `title` and `made` are text.
std::string frame_page(std::string_view title, std::string_view head,
                       const std::vector<Section>& sections, std::string_view made);

}  // namespace tieout::report
