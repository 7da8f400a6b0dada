// Any text as what a model says of itself: what is taken configures a front end that can be built,
// and is the same once it was written and read again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "analysis/model_metadata.h"

namespace {

using heartbeat::analysis::ModelMetadata;

void Require(bool holds) {
  if (!holds) std::abort();
}

// A line each: the key, a tabulator, the value.
std::map<std::string, std::string> ReadProperties(std::string_view text) {
  std::map<std::string, std::string> properties;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    const auto tab = line.find('\t');
    if (tab != line.npos) properties.emplace(line.substr(0, tab), line.substr(tab + 1));
  }
  return properties;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto metadata =
      ModelMetadata::Parse(ReadProperties({reinterpret_cast<const char*>(data), size}));
  if (!metadata) {
    Require(metadata.error().code == heartbeat::base::ErrorCode::kInvalidModel);
    Require(!metadata.error().message.empty());
    return 0;
  }
  Require(metadata->WindowSamples() > 0 && metadata->WindowFrames() > 0);
  Require(metadata->threshold >= 0 && metadata->threshold <= 1);
  if (metadata->calibration) Require(metadata->calibration->FindImpossible().empty());
  const auto properties = metadata->ToProperties();
  const auto again = ModelMetadata::Parse(properties);
  Require(again.has_value());
  Require(again->ToProperties() == properties);
  return 0;
}
