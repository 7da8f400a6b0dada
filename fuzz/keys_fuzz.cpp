// Any bytes as a file of keys, and as the headers by which a client says who it is: a file that is
// read is written back as the same, an error names its line and repeats no hash, and credentials
// are what stands between the separators.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/credentials.h"
#include "server/foreign_page.h"
#include "server/header_value.h"
#include "server/key_file.h"

namespace {

using heartbeat::server::ActsBy;
using heartbeat::server::Fields;

void Require(bool holds) {
  if (!holds) std::abort();
}

void ReadFile(std::string_view text) {
  const auto keys = heartbeat::server::ParseKeys(text, "f");
  if (!keys) {
    Require(keys.error().message.starts_with("f line "));
    return;
  }
  const auto written = heartbeat::server::FormatKeys(*keys);
  const auto again = heartbeat::server::ParseKeys(written, "f");
  Require(again && heartbeat::server::FormatKeys(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  ReadFile(text);
  Fields fields;
  while (!text.empty()) {  // each line a header, named by its first letter
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty()) continue;
    constexpr std::string_view kNames[] = {"Authorization", "X-API-Key", "Cookie", "Origin",
                                           "Sec-Fetch-Site"};
    fields.Add(kNames[static_cast<unsigned char>(line.front()) % std::size(kNames)],
               line.substr(1));
  }
  for (const std::string_view scheme : {"http", "https"}) {
    const auto credentials = heartbeat::server::CredentialsOf(fields, scheme);
    if (credentials.key) Require(heartbeat::server::Trim(*credentials.key) == *credentials.key);
    if (credentials.session) Require(credentials.session->find(';') == std::string::npos);
    if (fields.Count("Cookie") == 0) Require(!credentials.session);
    Require(!heartbeat::server::IsOfForeignPage(fields, ActsBy::kKey, scheme, "h"));
    // Whatever is foreign where nobody logs in is so with a cookie, too.
    Require(!heartbeat::server::IsOfForeignPage(fields, ActsBy::kReach, scheme, "h") ||
            heartbeat::server::IsOfForeignPage(fields, ActsBy::kCookie, scheme, "h"));
  }
  return 0;
}
