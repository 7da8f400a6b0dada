#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "evaluation/describe.h"
#include "evaluation/describe_json.h"
#include "evaluation/describe_page.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// What is known of PhysioNet 2016: two recordings of training-d overlap, and those of training-e
// came from two kinds of converters, one for nearly all normal ones.
TEST(RealData, DescribingPhysioNetFindsItsLeakAndItsCopies) {
  const char* const data = std::getenv("HEARTBEAT_TEST_DATA");
  if (data == nullptr) {
    GTEST_SKIP() << "Set HEARTBEAT_TEST_DATA to a folder that holds physionet2016/ to describe it.";
  }
  auto entries = ReadDataset(std::filesystem::path(data) / "physionet2016");
  ASSERT_TRUE(entries) << entries.error().message;
  std::size_t of_e = 0;
  std::erase_if(*entries, [&](const DatasetEntry& entry) {
    const bool is_e = entry.database == "training-e";
    // Every sixth of e is enough to see it.
    return entry.database != "training-d" && !(is_e && of_e++ % 6 == 0);
  });
  const json document = ToJson(Describe(*entries, 0, nullptr), {});
  EXPECT_EQ(document["totals"]["unreadable"], 0);

  const auto auroc = [&](const char* database, const char* property) {
    const std::string pointer = SeparabilityPointer(document, database, property);
    return document.at(json::json_pointer(pointer + "/auroc")).get<double>();
  };
  EXPECT_GT(auroc("training-e", "converter_bits"), 0.9);
  EXPECT_GT(auroc("training-e", "different_values"), 0.9);
  EXPECT_NEAR(auroc("training-d", "converter_bits"), 0.5, 0.01);

  bool found = false;
  for (const json& pair : document["copies"]["near"]["pairs"]) {
    found = found || (pair["first"]["record"] == "d0018" && pair["second"]["record"] == "d0051" &&
                      pair["correlation"] > 0.99 && pair["overlap_s"] > 13);
  }
  EXPECT_TRUE(found) << document["copies"]["near"]["pairs"];
  EXPECT_THAT(DescriptionPage(document).value(), HasSubstr("converter with 12 bits or fewer"));
}

}  // namespace
}  // namespace heartbeat::evaluation
