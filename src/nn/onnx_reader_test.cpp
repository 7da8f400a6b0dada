// What Session::Load refuses, and that it says why.
#include "nn/onnx_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

#include "nn/onnx_edit.h"
#include "nn/onnx_wire.h"
#include "nn/session.h"
#include "nn/test_models.h"

namespace heartbeat::nn {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using Shape = TestModel::Shape;

constexpr std::int64_t kHuge = std::int64_t{1} << 62U;

void ExpectRefused(std::span<const std::byte> onnx, const std::string& sentence_part,
                   const LoadLimits& limits = {}) {
  const auto session = Session::Load(onnx, limits);
  ASSERT_FALSE(session) << "expected: " << sentence_part;
  EXPECT_EQ(session.error().code, ErrorCode::kInvalidModel);
  EXPECT_THAT(session.error().message, HasSubstr(sentence_part));
}

// A model of one node that is refused, and a part of the sentence that says why.
struct Refusal {
  const char* test_name;
  Shape input;
  std::function<void(TestModel&)> build;
  std::string sentence_part;
};

class RefusedNode : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedNode, IsNamed) {
  TestModel model(GetParam().input);
  GetParam().build(model);
  ExpectRefused(model.Serialize(), GetParam().sentence_part);
}

// The output's shape does not matter: the node is refused before.
std::function<void(TestModel&)> Node(const std::string& type,
                                     const TestModel::Attributes& attributes) {
  return [=](TestModel& m) { m.Output(m.Op(type, {"x"}, attributes), {1}); };
}

std::function<void(TestModel&)> Conv(const Shape& weights,
                                     const TestModel::Attributes& attributes) {
  return [=](TestModel& m) { m.Output(m.Op("Conv", {"x", m.Weights(weights)}, attributes), {1}); };
}

std::function<void(TestModel&)> WithIntegers(const std::string& type, const Shape& integers,
                                             const TestModel::Attributes& attributes = {}) {
  return [=](TestModel& m) { m.Output(m.Op(type, {"x", m.Integers(integers)}, attributes), {1}); };
}

std::function<void(TestModel&)> WithFloats(const std::string& type, const Shape& shape,
                                           const TestModel::Attributes& attributes = {}) {
  return [=](TestModel& m) { m.Output(m.Op(type, {"x", m.Weights(shape)}, attributes), {1}); };
}

std::function<void(TestModel&)> Slice(const Shape& starts, const Shape& ends, const Shape& axes,
                                      const Shape& steps) {
  return [=](TestModel& m) {
    m.Output(m.Op("Slice",
                  {"x", m.Integers(starts), m.Integers(ends), m.Integers(axes), m.Integers(steps)}),
             {1});
  };
}

const Shape kImage = {2, 6, 7};

INSTANTIATE_TEST_SUITE_P(
    Operators, RefusedNode,
    testing::Values(
        Refusal{"Unsupported", kImage, Node("LSTM", {}), "The operator \"LSTM\""},
        Refusal{"UnknownAttribute", kImage, Node("Relu", {{"slope", 1.F}}), "\"slope\""},
        Refusal{"WrongAttributeType", kImage,
                Node("LeakyRelu", {{"alpha", std::int64_t{1}}}), "\"alpha\" with a wrong type"},
        Refusal{"InfiniteAttribute", kImage,
                Node("LeakyRelu", {{"alpha", std::numeric_limits<float>::infinity()}}),
                "infinite"},
        Refusal{"MissingInput", kImage,
                [](TestModel& m) { m.Output(m.Op("Add", {"x"}), {1}); }, "no input 1"},
        Refusal{"UnknownInput", kImage,
                [](TestModel& m) { m.Output(m.Op("Relu", {"nowhere"}), {1}); }, "\"nowhere\""},
        Refusal{"ExtraInput", kImage,
                [](TestModel& m) { m.Output(m.Op("Relu", {"x", "x"}), {1}); }, "input 1"},
        Refusal{"ConvWeightsDoNotFit", kImage, Conv({4, 3, 3, 3}, {}), "weights of the shape"},
        Refusal{"ConvGroups", kImage, Conv({4, 1, 3, 3}, {{"group", std::int64_t{0}}}), "0 groups"},
        Refusal{"ConvKernelTooLarge", kImage, Conv({4, 2, 9, 3}, {}), "kernel larger"},
        Refusal{"ConvKernelShape", kImage, Conv({4, 2, 3, 3}, {{"kernel_shape", Shape{5, 5}}}),
                "kernel_shape"},
        Refusal{"ConvNegativePads", kImage, Conv({4, 2, 3, 3}, {{"pads", Shape{0, -1, 0, 0}}}),
                "pads"},
        Refusal{"ConvHugePads", kImage, Conv({4, 2, 3, 3}, {{"pads", Shape{kHuge, 0, kHuge, 0}}}),
                "pads"},
        Refusal{"ConvZeroStride", kImage, Conv({4, 2, 3, 3}, {{"strides", Shape{0, 1}}}),
                "\"strides\""},
        Refusal{"ConvHugeDilation", kImage, Conv({4, 2, 3, 3}, {{"dilations", Shape{kHuge, 1}}}),
                "\"dilations\""},
        Refusal{"ConvEnormousOutput", kImage,
                Conv({64, 2, 1, 1}, {{"pads", Shape{30000, 30000, 30000, 30000}}}),
                "larger than the limit"},
        Refusal{"ConvAutoPad", kImage, Conv({4, 2, 3, 3}, {{"auto_pad", std::string("ALL")}}),
                "auto_pad"},
        Refusal{"ConvOfVector", Shape{5}, Conv({4, 5, 3, 3}, {}), "only [channel, width]"},
        Refusal{"ConvComputedWeights", kImage,
                [](TestModel& m) { m.Output(m.Op("Conv", {"x", "x"}), {1}); }, "constant floats"},
        Refusal{"PoolWithoutKernel", kImage, Node("MaxPool", {}), "kernel_shape"},
        Refusal{"PoolPadsAsLargeAsKernel", kImage,
                Node("MaxPool", {{"kernel_shape", Shape{2, 2}}, {"pads", Shape{2, 0, 0, 0}}}),
                "padding as large"},
        Refusal{"PoolDilatedMean", kImage,
                Node("AveragePool", {{"kernel_shape", Shape{2, 2}}, {"dilations", Shape{2, 2}}}),
                "dilations"},
        Refusal{"ReduceBatch", kImage, Node("ReduceMean", {{"axes", Shape{0, 2}}}),
                "along the batch"},
        Refusal{"ReduceNoAxes", kImage, Node("ReduceMax", {}), "names no axes"},
        Refusal{"ReduceTwice", kImage, Node("ReduceMax", {{"axes", Shape{2, -2}}}), "twice"},
        Refusal{"ReduceHugeAxis", kImage, Node("ReduceMax", {{"axes", Shape{kHuge}}}), "axis"},
        Refusal{"SoftmaxOfBatch", kImage, Node("Softmax", {{"axis", std::int64_t{0}}}), "batch"},
        Refusal{"ReshapeMixesItems", kImage, WithIntegers("Reshape", {-1, 42}), "keep the batch"},
        Refusal{"ReshapeDoesNotFit", kImage, WithIntegers("Reshape", {0, 5, -1}), "[0, 5, -1]"},
        Refusal{"ReshapeTwoRests", kImage, WithIntegers("Reshape", {0, -1, -1}), "[0, -1, -1]"},
        Refusal{"ReshapeNegative", kImage, WithIntegers("Reshape", {0, -2, -42}), "[0, -2, -42]"},
        Refusal{"ReshapeOverflows", kImage, WithIntegers("Reshape", {0, kHuge, 4, 84}), "does not fit"},
        Refusal{"FlattenOfBatch", kImage, Node("Flatten", {{"axis", std::int64_t{0}}}), "axis 1"},
        Refusal{"TransposeOfBatch", kImage, Node("Transpose", {{"perm", Shape{1, 0, 2, 3}}}),
                "batch"},
        Refusal{"TransposeNoPermutation", kImage, Node("Transpose", {{"perm", Shape{0, 1, 1, 3}}}),
                "perm"},
        Refusal{"SqueezeOfTwo", kImage, WithIntegers("Squeeze", {1}), "axes"},
        Refusal{"SqueezeOfBatch", kImage, WithIntegers("Squeeze", {0}), "batch"},
        Refusal{"UnsqueezeTooFar", kImage, WithIntegers("Unsqueeze", {9}), "axes"},
        Refusal{"PadOfBatch", kImage, WithIntegers("Pad", {1, 0, 0, 0, 0, 0, 0, 0}), "batch"},
        Refusal{"PadNegative", kImage, WithIntegers("Pad", {0, 0, 0, 0, 0, 0, 0, -1}), "negative"},
        Refusal{"PadHuge", kImage, WithIntegers("Pad", {0, 0, 0, 0, 0, 0, 0, kHuge}), "too large"},
        Refusal{"PadTooMuch", kImage, WithIntegers("Pad", {0, 0, 9999, 0, 0, 0, 0, 9999}),
                "larger than the limit"},
        Refusal{"PadMode", kImage,
                WithIntegers("Pad", {0, 0, 0, 0, 0, 0, 0, 1}, {{"mode", std::string("reflect")}}),
                "reflect"},
        Refusal{"SliceOfBatch", kImage, Slice({0}, {1}, {0}, {1}), "batch"},
        Refusal{"SliceOfNothing", kImage, Slice({2}, {2}, {2}, {1}), "leaves nothing"},
        Refusal{"SliceWithSteps", kImage, Slice({0}, {4}, {2}, {2}), "step other than 1"},
        Refusal{"SliceBackwards", kImage, Slice({3}, {0}, {2}, {-1}), "step other than 1"},
        Refusal{"SliceOfNoAxis", kImage, Slice({0}, {1}, {9}, {1}), "do not fit"},
        Refusal{"SliceUneven", kImage, Slice({0, 1}, {1}, {1, 2}, {1, 1}), "do not fit"},
        Refusal{"ConcatOfBatch", kImage, Node("Concat", {{"axis", std::int64_t{0}}}), "batch"},
        Refusal{"ConcatWithoutAxis", kImage, Node("Concat", {}), "axis"},
        Refusal{"ConcatDoesNotFit", kImage,
                [](TestModel& m) {
                  const std::string y = m.Op("GlobalMaxPool", {"x"});
                  m.Output(m.Op("Concat", {"x", y}, {{"axis", std::int64_t{1}}}), {1});
                },
                "do not fit"},
        Refusal{"GemmDoesNotFit", Shape{6}, WithFloats("Gemm", {5, 2}), "do not fit"},
        Refusal{"GemmTransposesBatch", Shape{6},
                WithFloats("Gemm", {6, 2}, {{"transA", std::int64_t{1}}}), "batch"},
        Refusal{"MatMulDoesNotFit", kImage, WithFloats("MatMul", {5, 2}), "do not fit"},
        Refusal{"MatMulOfVectors", Shape{6},
                [](TestModel& m) { m.Output(m.Op("MatMul", {"x", "x"}), {1}); }, "do not fit"},
        Refusal{"AddDoesNotFit", kImage, WithFloats("Add", {5}), "does not fit"},
        Refusal{"AddForEachItem", kImage, WithFloats("Add", {3, 2, 6, 7}), "does not fit"},
        Refusal{"BatchNormalizationVariance", kImage,
                [](TestModel& m) {
                  const std::string one = m.Floats({2}, {1, 1});
                  m.Output(m.Op("BatchNormalization", {"x", one, one, one, m.Floats({2}, {1, -1})}),
                           {1});
                },
                "variance"},
        Refusal{"ClipUpsideDown", kImage,
                [](TestModel& m) {
                  m.Output(m.Op("Clip", {"x", m.Floats({}, {1}), m.Floats({}, {0})}), {1});
                },
                "minimum above"},
        Refusal{"ConstantWithoutValue", kImage,
                [](TestModel& m) { m.Output(m.Op("Add", {"x", m.Op("Constant", {})}), {1}); },
                "no value"},
        Refusal{"OutputIsConstant", kImage,
                [](TestModel& m) {
                  m.Output(m.Op("Constant", {}, {{"value_float", 1.F}}), {1});
                },
                "not computed"},
        Refusal{"OutputShape", kImage, Node("Relu", {}), "declared with another shape"},
        Refusal{"OutputMissing", kImage, [](TestModel& m) { m.Op("Relu", {"x"}); }, "no output"},
        Refusal{"InputHuge", Shape{1 << 20U, 1 << 20U, 1 << 30U}, Node("Relu", {}), "limit"},
        Refusal{"InputNegative", Shape{-3, 4}, Node("Relu", {}), "impossible"}),
    [](const auto& parameter) { return parameter.param.test_name; });

// A good model, for edits.
std::vector<std::byte> MakeGood() {
  TestModel model({2, 6, 7});
  const std::string y = model.Op("Relu", {model.Op("Conv", {"x", model.Weights({4, 2, 3, 3})})});
  model.Output(y, {4, 4, 5});
  return model.Serialize();
}

void ExpectEditRefused(const std::function<void(onnx::ModelProto&)>& edit,
                       const std::string& sentence_part) {
  ExpectRefused(Edited(MakeGood(), edit), sentence_part);
}

TEST(ReadOnnx, TakesTheModelThatTheseTestsEdit) {
  const auto graph = ReadOnnx(Edited(MakeGood(), [](auto&) {}), {});
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_EQ(graph->nodes.size(), 2U);
}

TEST(ReadOnnx, TakesWeightsWrittenAsFloatData) {
  const auto onnx = Edited(MakeGood(), [](onnx::ModelProto& model) {
    auto& tensor = *model.mutable_graph()->mutable_initializer(0);
    tensor.clear_raw_data();
    for (int i = 0; i < 72; ++i) tensor.add_float_data(static_cast<float>(i));
  });
  const auto graph = ReadOnnx(onnx, {});
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_EQ(std::get<ConvOp>(graph->nodes[0].op).weights[71], 71.F);
}

TEST(ReadOnnx, TakesABatchFixedToOne) {
  const auto onnx = Edited(MakeGood(), [](onnx::ModelProto& model) {
    auto* type = model.mutable_graph()->mutable_input(0)->mutable_type();
    type->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->set_dim_value(1);
  });
  EXPECT_TRUE(ReadOnnx(onnx, {}));
}

TEST(ReadOnnx, RefusesBytesThatAreNoModel) {
  ExpectRefused({}, "empty");
  const std::string text = "This is not a model, but a sentence.";
  ExpectRefused(std::as_bytes(std::span(text)), "corrupt");
  ExpectEditRefused([](auto& model) { model.clear_graph(); }, "not an ONNX model");
}

TEST(ReadOnnx, RefusesOtherOpsets) {
  for (const int opset : {12, 19}) {
    ExpectEditRefused([&](auto& model) { model.mutable_opset_import(0)->set_version(opset); },
                      "opset " + std::to_string(opset));
  }
  ExpectEditRefused([](auto& model) { model.clear_opset_import(); }, "opset 0");
}

TEST(ReadOnnx, RefusesOtherDomains) {
  ExpectEditRefused(
      [](auto& model) { model.mutable_graph()->mutable_node(0)->set_domain("com.microsoft"); },
      "com.microsoft");
}

TEST(ReadOnnx, RefusesDataInOtherFiles) {
  ExpectEditRefused(
      [](auto& model) {
        auto& tensor = *model.mutable_graph()->mutable_initializer(0);
        tensor.clear_raw_data();
        tensor.set_data_location(onnx::TensorProto::EXTERNAL);
        auto& entry = *tensor.add_external_data();
        entry.set_key("location");
        entry.set_value("/etc/passwd");
      },
      "another file");
}

TEST(ReadOnnx, RefusesOtherTypesOfWeights) {
  for (const auto type : {onnx::TensorProto::FLOAT16, onnx::TensorProto::DOUBLE,
                          onnx::TensorProto::INT8, onnx::TensorProto::BFLOAT16}) {
    ExpectEditRefused(
        [&](auto& model) { model.mutable_graph()->mutable_initializer(0)->set_data_type(type); },
        onnx::TensorProto::DataType_Name(type));
  }
  ExpectEditRefused(
      [](auto& model) { model.mutable_graph()->mutable_initializer(0)->set_data_type(99); }, "99");
  ExpectEditRefused(
      [](auto& model) {
        auto& tensor = *model.mutable_graph()->mutable_initializer(0);
        tensor.set_data_type(onnx::TensorProto::INT64);
        tensor.set_raw_data(std::string(72 * 8, '\0'));
      },
      "constant floats");
}

TEST(ReadOnnx, RefusesWeightsThatAreNotFinite) {
  for (const float value :
       {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
        std::numeric_limits<float>::quiet_NaN()}) {
    ExpectEditRefused(
        [&](auto& model) {
          auto& raw = *model.mutable_graph()->mutable_initializer(0)->mutable_raw_data();
          std::memcpy(raw.data() + 40, &value, sizeof(value));
        },
        "not a number");
  }
}

TEST(ReadOnnx, RefusesWeightsWithoutTheirData) {
  ExpectEditRefused(
      [](auto& model) {
        model.mutable_graph()->mutable_initializer(0)->mutable_raw_data()->pop_back();
      },
      "287 bytes");
  ExpectEditRefused(
      [](auto& model) { model.mutable_graph()->mutable_initializer(0)->clear_raw_data(); },
      "holds 0 elements");
  ExpectEditRefused(
      [](auto& model) { model.mutable_graph()->mutable_initializer(0)->set_dims(0, kHuge); },
      "limit");
  ExpectEditRefused(
      [](auto& model) { model.mutable_graph()->mutable_initializer(0)->set_dims(0, -4); },
      "negative");
}

TEST(ReadOnnx, RefusesCyclesAndUnsortedNodes) {
  ExpectEditRefused(
      [](auto& model) {
        auto& graph = *model.mutable_graph();
        graph.mutable_node(0)->set_input(0, graph.node(1).output(0));
      },
      "cycle");
  ExpectEditRefused([](auto& model) { model.mutable_graph()->mutable_node()->SwapElements(0, 1); },
                    "not sorted");
}

TEST(ReadOnnx, RefusesNamesGivenTwice) {
  ExpectEditRefused(
      [](auto& model) {
        auto& graph = *model.mutable_graph();
        *graph.add_node() = graph.node(0);
      },
      "gives already");
  ExpectEditRefused(
      [](auto& model) {
        auto& graph = *model.mutable_graph();
        *graph.add_initializer() = graph.initializer(0);
      },
      "two weights");
  ExpectEditRefused([](auto& model) { model.mutable_graph()->mutable_node(1)->set_output(0, "x"); },
                    "gives already");
  ExpectEditRefused(
      [](auto& model) {
        auto& graph = *model.mutable_graph();
        *graph.add_output() = graph.output(0);
      },
      "two outputs");
  ExpectEditRefused(
      [](auto& model) {
        for (int i = 0; i < 2; ++i) model.add_metadata_props()->set_key("key");
      },
      "twice");
  ExpectEditRefused(
      [](auto& model) {
        auto& node = *model.mutable_graph()->mutable_node(0);
        for (int i = 0; i < 2; ++i) {
          auto& attribute = *node.add_attribute();
          attribute.set_name("group");
          attribute.set_type(onnx::AttributeProto::INT);
          attribute.set_i(1);
        }
      },
      "twice");
}

TEST(ReadOnnx, RefusesOtherInputs) {
  const auto type = [](onnx::ModelProto& model) {
    return model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type();
  };
  ExpectEditRefused([](auto& model) { model.mutable_graph()->clear_input(); }, "no input");
  ExpectEditRefused(
      [](auto& model) {
        auto& input = *model.mutable_graph()->add_input();
        input = model.graph().input(0);
        input.set_name("second");
      },
      "more than one input");
  ExpectEditRefused([&](auto& model) { type(model)->set_elem_type(onnx::TensorProto::DOUBLE); },
                    "32-bit floats");
  ExpectEditRefused([&](auto& model) { type(model)->clear_shape(); }, "must have a batch");
  ExpectEditRefused(
      [&](auto& model) { type(model)->mutable_shape()->mutable_dim(2)->set_dim_param("time"); },
      "leaves dimension 2 open");
  ExpectEditRefused(
      [&](auto& model) { type(model)->mutable_shape()->mutable_dim(0)->set_dim_value(4); },
      "fixes the batch to 4");
}

TEST(ReadOnnx, RefusesMoreNodesThanAllowed) {
  LoadLimits limits;
  limits.max_nodes = 1;
  ExpectRefused(MakeGood(), "more than 1 nodes", limits);
}

TEST(ReadOnnx, RefusesLargeWeightsSharedByManyNodes) {
  TestModel model({64, 4});
  const std::string weights = model.Weights({64, 64, 1});
  std::string y = "x";
  for (int i = 0; i < 40; ++i) y = model.Op("Conv", {y, weights});
  model.Output(y, {64, 4});
  const auto onnx = model.Serialize();
  EXPECT_TRUE(Session::Load(onnx));
  LoadLimits limits;
  limits.max_file_bytes = onnx.size();
  ExpectRefused(onnx, "shares large weights", limits);
}

TEST(ReadOnnx, RefusesModelsThatNeedTooMuchMemory) {
  LoadLimits limits;
  limits.max_tensor_elements = 1024;  // so 64 KiB to run
  TestModel model({512});
  std::string y = "x";
  for (int i = 0; i < 4; ++i) y = model.Op("MatMul", {y, model.Weights({512, 512})});
  model.Output(y, {512});
  ExpectRefused(model.Serialize(), "memory to run", limits);
}

TEST(CheckOnnxWire, RefusesPartsWithoutNumber) {
  // An empty part takes 2 bytes on the wire and some 200 once parsed.
  const auto repeated = [](char tag, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += {tag, '\0'};
    return text;
  };
  const auto field = [](char tag, const std::string& content) {
    std::string text(1, tag);
    for (std::size_t size = content.size(); size > 0; size >>= 7U) {
      text += static_cast<char>((size & 0x7FU) | (size > 0x7FU ? 0x80U : 0U));
    }
    return text + content;
  };
  constexpr char kGraph = 0x3a;      // field 7 of a model
  constexpr char kNode = 0x0a;       // field 1 of a graph
  constexpr char kAttribute = 0x2a;  // field 5 of a node
  const std::string nodes = field(kGraph, repeated(kNode, 100000));
  const auto with_nodes = CheckOnnxWire(std::as_bytes(std::span(nodes)), 4096);
  ASSERT_FALSE(with_nodes);
  EXPECT_THAT(with_nodes.error().message, HasSubstr("more than 4096 nodes"));
  const std::string parts = field(kGraph, field(kNode, repeated(kAttribute, 300000)));
  const auto with_parts = CheckOnnxWire(std::as_bytes(std::span(parts)), 4096);
  ASSERT_FALSE(with_parts);
  EXPECT_THAT(with_parts.error().message, HasSubstr("parts"));
}

TEST(CheckOnnxWire, RefusesSubgraphsAndFunctions) {
  ExpectEditRefused(
      [](auto& model) {
        auto& attribute = *model.mutable_graph()->mutable_node(0)->add_attribute();
        attribute.set_name("body");
        attribute.set_type(onnx::AttributeProto::GRAPH);
        attribute.mutable_g()->set_name("g");
      },
      "subgraphs");
  ExpectEditRefused([](auto& model) { model.add_functions()->set_name("f"); }, "functions");
  ExpectEditRefused([](auto& model) { model.mutable_graph()->add_sparse_initializer(); }, "sparse");
  ExpectEditRefused([](auto& model) { model.add_training_info(); }, "training");
}

}  // namespace
}  // namespace heartbeat::nn
