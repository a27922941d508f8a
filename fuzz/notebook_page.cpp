// A notebook becomes a page or an error, and markup that was written anew once stays as it is.
#include "tieout/report/notebook_page.hpp"

#include <cstdint>
#include <string_view>

#include "tieout/core/assert.hpp"

#include "sanitize_html.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string once = tieout::report::HtmlSanitizer({})(text);
  TIEOUT_ASSERT(tieout::report::HtmlSanitizer({})(once) == once);
  for (const std::string_view bad : {"<script", "<style", "<iframe", "<!", "<?"}) {
    TIEOUT_ASSERT(once.find(bad) == std::string::npos);
  }
  const auto page = tieout::report::render_notebook(text, "fuzz.ipynb");
  TIEOUT_ASSERT(!page.ok() || tieout::report::is_notebook_page(*page));
  return 0;
}
