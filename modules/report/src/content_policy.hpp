#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tieout::report {

/// The source of a content security policy that lets the inline script or style sheet `text` work,
/// and no other: "'sha256-<base64>'".
///
/// Rule: `text` is everything between the tags, to the byte.
std::string hash_source(std::string_view text);

/// The content security policy of a page with these inline style sheets and scripts: nothing else
/// runs, nothing is loaded, nothing is sent. Pictures may stand in the page itself.
std::string content_policy(const std::vector<std::string>& styles,
                           const std::vector<std::string>& scripts);

}  // namespace tieout::report
