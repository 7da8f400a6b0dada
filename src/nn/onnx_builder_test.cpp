#include "nn/onnx_builder.h"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

namespace heartbeat::nn {
namespace {

OnnxBuilder MakeScaler() {
  OnnxBuilder builder("scaler", 17);
  const std::vector<std::int64_t> shape = {2, 3};
  builder.AddInput("x", shape);
  builder.AddOutput("y", shape);
  builder.AddInitializer("scale", std::vector<std::int64_t>{1}, std::vector<float>{0.5F});
  builder.AddInitializer("unused", std::vector<std::int64_t>{2}, std::vector<std::int64_t>{0, -1});
  builder.AddNode("Mul", {"x", "scale"}, {"h"});
  builder.AddNode("LeakyRelu", {"h"}, {"y"},
                  {{"alpha", 0.1F},
                   {"note", std::string("text")},
                   {"ints", std::vector<std::int64_t>{1, 2}},
                   {"floats", std::vector<float>{3.F}},
                   {"int", std::int64_t{7}}});
  builder.SetMetadata("model.name", "first");
  builder.SetMetadata("model.name", "second");
  return builder;
}

TEST(OnnxBuilder, WritesEverythingItWasGiven) {
  const std::vector<std::byte> bytes = MakeScaler().Serialize();
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  EXPECT_EQ(model.ir_version(), 8);
  ASSERT_EQ(model.opset_import_size(), 1);
  EXPECT_EQ(model.opset_import(0).version(), 17);
  ASSERT_EQ(model.metadata_props_size(), 1);
  EXPECT_EQ(model.metadata_props(0).value(), "second");

  const onnx::GraphProto& graph = model.graph();
  ASSERT_EQ(graph.input_size(), 1);
  const auto& shape = graph.input(0).type().tensor_type().shape();
  ASSERT_EQ(shape.dim_size(), 3);
  EXPECT_EQ(shape.dim(0).dim_param(), "batch");
  EXPECT_EQ(shape.dim(2).dim_value(), 3);
  ASSERT_EQ(graph.initializer_size(), 2);
  EXPECT_EQ(graph.initializer(0).data_type(), onnx::TensorProto::FLOAT);
  EXPECT_EQ(graph.initializer(0).raw_data().size(), 4U);
  EXPECT_EQ(graph.initializer(1).data_type(), onnx::TensorProto::INT64);
  ASSERT_EQ(graph.node_size(), 2);
  EXPECT_EQ(graph.node(0).op_type(), "Mul");
  ASSERT_EQ(graph.node(1).attribute_size(), 5);
  EXPECT_EQ(graph.node(1).attribute(0).name(), "alpha");
  EXPECT_FLOAT_EQ(graph.node(1).attribute(0).f(), 0.1F);
  EXPECT_EQ(graph.node(1).attribute(4).s(), "text");
}

TEST(OnnxBuilder, SameCallsGiveTheSameBytes) {
  EXPECT_EQ(MakeScaler().Serialize(), MakeScaler().Serialize());
}

}  // namespace
}  // namespace heartbeat::nn
