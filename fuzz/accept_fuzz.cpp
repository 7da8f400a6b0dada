// Any bytes as Accept and If-None-Match: an offer is always chosen, and what was said of one by its
// name decides; content is only withheld from whoever names its ETag or takes any.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/accept.h"
#include "server/static_file.h"

namespace {

using heartbeat::server::ChooseMediaType;

constexpr std::array<std::string_view, 3> kOffers = {
    "application/json", "text/plain; version=0.0.4", "application/openmetrics-text"};

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto chosen = ChooseMediaType(text, kOffers);
  Require(chosen < kOffers.size());
  // What everybody offers alone is chosen alone, whatever is asked.
  Require(ChooseMediaType(text, std::array{kOffers[1]}) == 0);
  // What is said first of an offer by its name holds, whatever comes behind it.
  const auto decided = "application/json;q=0,text/plain;version=0.0.4;q=1," + std::string(text);
  Require(ChooseMediaType(decided, kOffers) == 1);

  const heartbeat::server::StaticFile file("content", "text/plain");
  heartbeat::server::Request request;
  const auto whole = file.Answer(request);
  Require(whole.status == 200 && whole.body == "content");
  request.headers.Add("If-None-Match", text);
  const auto answer = file.Answer(request);
  const auto& etag = *whole.headers.Find("ETag");
  if (answer.status == 304) {
    Require(answer.body.empty());
    Require(text.find(etag) != std::string_view::npos || text.find('*') != std::string_view::npos);
  } else {
    Require(answer.status == 200 && answer.body == "content");
  }
  return 0;
}
