#include "nn/fuse.h"

#include <gtest/gtest.h>

#include <variant>

#include "nn/onnx_reader.h"
#include "nn/test_models.h"

namespace heartbeat::nn {
namespace {

using Shape = TestModel::Shape;

// That what is left computes the same is the parity test's matter; here, how much is left.
Graph Fused(const TestModel& model) {
  auto graph = ReadOnnx(model.Serialize(), {});
  if (!graph) throw std::runtime_error(graph.error().message);
  Fuse(*graph);
  return std::move(*graph);
}

template <typename Wanted>
std::size_t Count(const Graph& graph) {
  std::size_t count = 0;
  for (const Node& node : graph.nodes) count += std::holds_alternative<Wanted>(node.op) ? 1U : 0U;
  return count;
}

TEST(Fuse, ConvolutionWithNormalizationAndActivationIsOneNode) {
  TestModel model({3, 8, 8});
  const std::string y = model.ConvBn("x", 3, 4, 3, 1, 1);
  model.Output(model.Op("Mul", {y, model.Op("Sigmoid", {y})}), {4, 8, 8});
  const Graph graph = Fused(model);
  ASSERT_EQ(graph.nodes.size(), 1U);
  ASSERT_EQ(graph.nodes[0].activations.size(), 1U);
  EXPECT_EQ(graph.nodes[0].activations[0].kind, Eltwise::Kind::kSwish);
}

TEST(Fuse, FoldsTheScaleIntoWeightsAndBias) {
  TestModel model({1, 2, 2});
  const std::string conv =
      model.Op("Conv", {"x", model.Floats({2, 1, 1, 1}, {3, 5}), model.Floats({2}, {1, 2})});
  const std::string y = model.Op("BatchNormalization",
                                 {conv, model.Floats({2}, {2, 4}), model.Floats({2}, {10, 20}),
                                  model.Floats({2}, {1, 0}), model.Floats({2}, {1, 4})},
                                 {{"epsilon", 0.F}});
  model.Output(y, {2, 2, 2});
  const Graph graph = Fused(model);
  ASSERT_EQ(graph.nodes.size(), 1U);
  const auto& op = std::get<ConvOp>(graph.nodes[0].op);
  // Factors 2 / 1 and 4 / 2; exact in floating point.
  EXPECT_EQ(op.weights, (std::vector<float>{6, 10}));
  EXPECT_EQ(op.bias, (std::vector<float>{10, 24}));
}

TEST(Fuse, ResidualSumGoesIntoTheConvolution) {
  TestModel model({4, 8, 8});
  const std::string y = model.Op("Relu", {model.ConvBn("x", 4, 4, 3, 1, 1)});
  model.Output(model.Op("Relu", {model.Op("Add", {y, model.ConvBn(y, 4, 4, 3, 1, 4)})}), {4, 8, 8});
  const Graph graph = Fused(model);
  ASSERT_EQ(graph.nodes.size(), 2U);
  EXPECT_EQ(graph.nodes[1].inputs.size(), 2U);
  EXPECT_EQ(graph.nodes[1].activations.size(), 1U);
}

// The evidence of a network reads what its activations give: there is nothing after the sum.
TEST(Fuse, AResidualSumMayFollowTheActivation) {
  TestModel model({4, 8, 8});
  const std::string y = model.Op("Relu", {model.ConvBn("x", 4, 4, 3, 1, 1)});
  const std::string z = model.Op("Relu", {model.ConvBn(y, 4, 4, 1, 1, 1)});
  model.Output(model.Op("Tanh", {model.Op("Add", {z, y})}), {4, 8, 8});
  const Graph graph = Fused(model);
  ASSERT_EQ(graph.nodes.size(), 2U);
  const Node& sum = graph.nodes[1];
  EXPECT_EQ(sum.inputs.size(), 2U);
  ASSERT_EQ(sum.before_sum.size(), 1U);
  EXPECT_EQ(sum.before_sum[0].kind, Eltwise::Kind::kRelu);
  ASSERT_EQ(sum.activations.size(), 1U);
  EXPECT_EQ(sum.activations[0].kind, Eltwise::Kind::kTanh);
}

TEST(Fuse, LeavesAResultThatIsReadTwice) {
  TestModel model({4, 8, 8});
  const std::string conv = model.Op("Conv", {"x", model.Weights({4, 4, 1, 1})});
  const std::string relu = model.Op("Relu", {conv});
  model.Output(relu, {4, 8, 8});
  model.Output(conv, {4, 8, 8});
  EXPECT_EQ(Fused(model).nodes.size(), 2U);
}

TEST(Fuse, PaddingGoesIntoTheConvolutionIfItIsZeroAndSpatial) {
  const auto nodes = [](const Shape& pads, float value) {
    TestModel model({3, 8, 8});
    const std::string y = model.Op("Pad", {"x", model.Integers(pads), model.Floats({}, {value})});
    const std::int64_t channels = 3 + pads[1] + pads[5];
    const std::string z = model.Op("Conv", {y, model.Weights({4, channels, 3, 3})});
    model.Output(z, {4, 6 + pads[2] + pads[6], 6 + pads[3] + pads[7]});
    return Fused(model).nodes.size();
  };
  EXPECT_EQ(nodes({0, 0, 1, 1, 0, 0, 1, 2}, 0.F), 1U);
  EXPECT_EQ(nodes({0, 0, 1, 1, 0, 0, 1, 1}, 1.F), 2U);
  EXPECT_EQ(nodes({0, 1, 1, 1, 0, 0, 1, 1}, 0.F), 2U);
  EXPECT_EQ(nodes({0, 0, 3, 1, 0, 0, 1, 1}, 0.F), 2U);  // as large as the kernel
}

TEST(Fuse, DoesNotFoldWhatWouldOverflow) {
  TestModel model({1, 2, 2});
  const std::string conv = model.Op("Conv", {"x", model.Floats({1, 1, 1, 1}, {1e30F})});
  model.Output(model.Op("Mul", {conv, model.Floats({1, 1, 1, 1}, {1e30F})}), {1, 2, 2});
  EXPECT_EQ(Fused(model).nodes.size(), 2U);
}

TEST(Fuse, LittleIsLeftOfAHeartNetwork) {
  const Graph graph = Fused(MakeHeartNetwork(32, 41));
  EXPECT_EQ(Count<AffineOp>(graph), 0U);
  EXPECT_EQ(Count<EltwiseOp>(graph), 0U);
  // Only the gates of squeeze and excitation: no residual addition is left.
  EXPECT_EQ(Count<BinaryOp>(graph), 4U);
}

}  // namespace
}  // namespace heartbeat::nn
