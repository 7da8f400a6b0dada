#include "nn/onnx_operators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "base/file.h"
#include "nn/parity_cases.h"

namespace heartbeat::nn {
namespace {

TEST(Importers, StandInTheDocumentation) {
  const auto text =
      base::ReadTextFile(std::filesystem::path(HEARTBEAT_SOURCE_DIR) / "docs" / "model-format.md");
  ASSERT_TRUE(text) << text.error().message;
  for (const auto& [name, importer] : Importers()) {
    EXPECT_THAT(*text, testing::HasSubstr("| `" + std::string(name) + "` |"));
  }
}

TEST(Importers, EachHasAParityCase) {
  std::set<std::string> covered;
  for (const ParityCase& parity_case : MakeParityCases()) {
    covered.insert(parity_case.model.operators().begin(), parity_case.model.operators().end());
  }
  for (const auto& [name, importer] : Importers()) {
    EXPECT_TRUE(covered.contains(std::string(name))) << name;
  }
}

}  // namespace
}  // namespace heartbeat::nn
