#pragma once

#include <span>
#include <string>

#include "evaluation/describe.h"

namespace heartbeat::evaluation {

// One number that a recording has, whatever the heart does: what tells two classes apart by it
// alone may do so in a model, too.
struct Property {
  std::string key;         // in JSON, such as "rms_dbfs"
  std::string title;       // "Level"
  std::string unit;        // "dBFS"; may be empty
  std::string definition;  // a sentence
  int decimals = 1;        // shown
  // No heart changes it: a difference between classes is one of how they were recorded.
  bool recorder_only = false;
  double (*value)(const DescribedRecording&) = nullptr;
};

// In the order of the report.
[[nodiscard]] std::span<const Property> Properties();

}  // namespace heartbeat::evaluation
