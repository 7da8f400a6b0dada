#include "nn/onnx_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "nn/onnx_builder.h"

namespace heartbeat::nn {
namespace {

using testing::ElementsAre;

std::vector<std::byte> Model() {
  OnnxBuilder builder("weights");
  builder.AddInput("x", std::vector<std::int64_t>{1, 4, 4});
  builder.AddOutput("y", std::vector<std::int64_t>{1, 2, 4});
  builder.AddInitializer("w", std::vector<std::int64_t>{1, 1, 1, 1}, std::vector<float>{0.5F});
  builder.AddInitializer("axes", std::vector<std::int64_t>{1}, std::vector<std::int64_t>{2});
  builder.AddNode("Conv", {"x", "w"}, {"y"},
                  {{"kernel_shape", std::vector<std::int64_t>{1, 1}},
                   {"strides", std::vector<std::int64_t>{2, 1}}});
  return builder.Serialize();
}

TEST(OnnxWeightsTest, GivesConstantsAndStridesByName) {
  const auto weights = ReadOnnxWeights(Model());
  ASSERT_TRUE(weights) << weights.error().message;
  ASSERT_EQ(weights->tensors.size(), 1U);  // integers are no weights
  EXPECT_THAT(weights->tensors.at("w").shape, ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(weights->tensors.at("w").values, ElementsAre(0.5F));
  EXPECT_THAT(weights->strides.at("w"), ElementsAre(2, 1));
}

TEST(OnnxWeightsTest, RefusesWhatIsNoModel) {
  auto cut = Model();
  cut.resize(cut.size() / 2);
  for (const auto& bytes : {cut, std::vector<std::byte>(), std::vector<std::byte>(100)}) {
    const auto weights = ReadOnnxWeights(bytes);
    ASSERT_FALSE(weights);
    EXPECT_EQ(weights.error().code, base::ErrorCode::kInvalidModel);
  }
}

}  // namespace
}  // namespace heartbeat::nn
