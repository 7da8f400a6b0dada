#include "nn/onnx_metadata.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "nn/session.h"

namespace heartbeat::nn {
namespace {

TEST(OnnxMetadata, SetsWhatIsNamedAndLeavesTheRest) {
  const auto onnx =
      base::ReadFile(std::filesystem::path(HEARTBEAT_SOURCE_DIR) / "models/heartbeat.onnx");
  ASSERT_TRUE(onnx) << onnx.error().message;
  const auto before = Session::Load(*onnx);
  ASSERT_TRUE(before) << before.error().message;
  const auto bytes =
      WithMetadata(*onnx, {{"heartbeat.threshold", "0.25"}, {"heartbeat.new", "a\nb"}});
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto after = Session::Load(*bytes);
  ASSERT_TRUE(after) << after.error().message;
  auto expected = before->metadata();
  expected["heartbeat.threshold"] = "0.25";
  expected["heartbeat.new"] = "a\nb";
  EXPECT_EQ(after->metadata(), expected);
  EXPECT_EQ(after->ParameterCount(), before->ParameterCount());
  // Back to what it was is the same file but for the key that was added.
  auto properties = before->metadata();
  const auto back = WithMetadata(*bytes, properties);
  ASSERT_TRUE(back) << back.error().message;
  properties["heartbeat.new"] = "a\nb";
  EXPECT_EQ(Session::Load(*back)->metadata(), properties);
}

TEST(OnnxMetadata, RefusesWhatIsNoModel) {
  const std::vector<std::byte> nothing(100, std::byte{0xff});
  const auto bytes = WithMetadata(nothing, {});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, base::ErrorCode::kInvalidModel);
}

}  // namespace
}  // namespace heartbeat::nn
