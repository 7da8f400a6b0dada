// Any bytes as the JSON of a label: what is taken is a label that a history can keep, and the same
// once it was written and read again; what is refused says why.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "server/label_body.h"
#include "store/text.h"

namespace {

namespace server = heartbeat::server;
namespace store = heartbeat::store;

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsText(const std::string& text, std::size_t max_bytes) {
  return text.size() <= max_bytes && text.find('\0') == text.npos &&
         store::ToValidUtf8(text) == text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto label = server::ParseLabel(text, "");
  const auto of_key = server::ParseLabel(text, "key");
  Require(of_key || !label);
  if (!label) {
    Require(label.error().code == heartbeat::base::ErrorCode::kBadRequest ||
            label.error().code == heartbeat::base::ErrorCode::kInvalidArgument);
    Require(label.error().message.size() > 10);
    if (of_key) Require(of_key->who == "key");
    return 0;
  }
  Require(of_key->who == label->who);
  Require(!label->who.empty() && IsText(label->who, 200));
  Require(IsText(label->comment, 8000));
  const nlohmann::json written = {
      {"label", store::Name(label->value)}, {"by", label->who}, {"comment", label->comment}};
  const auto again = server::ParseLabel(written.dump(), "");
  Require(again && again->value == label->value && again->who == label->who);
  Require(again->comment == label->comment);
  return 0;
}
