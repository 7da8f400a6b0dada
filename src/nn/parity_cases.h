#pragma once

#include <string>
#include <vector>

#include "nn/test_models.h"

namespace heartbeat::nn {

struct ParityCase {
  std::string name;  // fit for a file name
  TestModel model;
};

// One model for each operator and attribute case; together they have every supported operator.
[[nodiscard]] std::vector<ParityCase> MakeParityCases();

}  // namespace heartbeat::nn
