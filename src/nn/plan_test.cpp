#include "nn/plan.h"

#include <gtest/gtest.h>

#include <vector>

#include "nn/compile.h"
#include "nn/fuse.h"
#include "nn/onnx_reader.h"
#include "nn/test_models.h"

namespace heartbeat::nn {
namespace {

constexpr std::size_t kAnyBytes = std::size_t{1} << 30U;

Plan PlanOf(const TestModel& model) {
  auto graph = ReadOnnx(model.Serialize(), {});
  if (!graph) throw std::runtime_error(graph.error().message);
  Fuse(*graph);
  auto plan = Compile(*graph, kAnyBytes);
  if (!plan) throw std::runtime_error(plan.error().message);
  return std::move(*plan);
}

TEST(Plan, LongChainsTakeNoMoreMemoryThanShortOnes) {
  const auto arena_bytes = [](int layers) {
    TestModel model({16, 20, 20});
    std::string y = "x";
    for (int i = 0; i < layers; ++i) {
      y = model.Op(
          "MaxPool", {y},
          {{"kernel_shape", TestModel::Shape{3, 3}}, {"pads", TestModel::Shape{1, 1, 1, 1}}});
    }
    model.Output(y, {16, 20, 20});
    return PlanOf(model).arena_bytes;
  };
  // A step's input and output, whatever their number.
  EXPECT_EQ(arena_bytes(12), arena_bytes(3));
}

TEST(Plan, ActivationsAreComputedInPlace) {
  TestModel model({8, 10});
  std::string y = model.Op("Tanh", {"x"});
  y = model.Op("Softmax", {y});
  y = model.Op("Sigmoid", {y});
  model.Output(y, {8, 10});
  const Plan plan = PlanOf(model);
  ASSERT_EQ(plan.steps.size(), 3U);
  for (const std::size_t step : {0U, 2U}) {
    EXPECT_EQ(plan.steps[step].arguments[0].index, plan.steps[step].arguments[1].index);
  }
}

TEST(Plan, AResidualIsAddedInPlaceAndNothingIsReordered) {
  TestModel model({16, 12, 12});
  const std::string y = model.Op("Relu", {model.ConvBn("x", 16, 16, 3, 1, 1)});
  const std::string z = model.Op("Relu", {model.ConvBn(y, 16, 32, 1, 1, 1)});
  const std::string sum = model.Op("Add", {y, model.ConvBn(z, 32, 16, 1, 1, 1)});
  model.Output(model.Op("Flatten", {model.Op("GlobalAveragePool", {sum})}), {16});
  const Plan plan = PlanOf(model);
  // Three convolutions and a pool, and at most one change of layout at each end.
  EXPECT_LE(plan.steps.size(), 6U);
}

TEST(Plan, BuffersInUseAtTheSameTimeDoNotOverlap) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  PlanBuilder builder(engine, kAnyBytes);
  const auto slot = [&](std::int64_t elements) {
    return builder.NewSlot(PlanBuilder::Plain({elements}));
  };
  const Slot input = slot(100);
  const Slot a = slot(1000);
  const Slot b = slot(500);
  const Slot c = slot(700);
  // Writes a, then b, then c, and reads a at the end: only b is free when c is written.
  builder.Fill(a, 1000, 1.F);
  builder.Fill(b, 500, 1.F);
  builder.Fill(c, 700, 1.F);
  builder.Fill(a, 1000, 1.F);
  const auto plan = std::move(builder).Finish(input, {c});
  ASSERT_TRUE(plan) << plan.error().message;
  const std::size_t at_a = plan->buffer_offsets[a.buffer];
  const std::size_t at_c = plan->buffer_offsets[c.buffer];
  EXPECT_TRUE(at_a + 4000 <= at_c || at_c + 2800 <= at_a);
  EXPECT_LT(plan->arena_bytes, (1000U + 500U + 700U + 100U) * 4U) << "nothing is reused";
}

TEST(Plan, RefusesToGrowPastItsLimit) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  PlanBuilder builder(engine, 4096);
  const Slot input = builder.NewSlot(PlanBuilder::Plain({8}));
  const std::vector<float> values(4096);
  builder.AddConstant(values, {4096}, PlanBuilder::Plain({4096}));
  const auto plan = std::move(builder).Finish(input, {input});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, base::ErrorCode::kInvalidModel);
}

}  // namespace
}  // namespace heartbeat::nn
