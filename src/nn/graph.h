#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace heartbeat::nn {

// A network between its ONNX file and its oneDNN primitives: few operators, every shape known,
// everything validated. Dimensions and axes are those of one item: the batch, which every value but
// a constant leads with, is left out (ONNX's axis 1 is axis 0 here).
using Shape = std::vector<std::int64_t>;

// Elements, or nothing if a dimension is under 1 or the product exceeds `limit`.
[[nodiscard]] std::optional<std::size_t> ElementCount(const Shape& shape, std::size_t limit);
// Elements of a shape that ElementCount has accepted.
[[nodiscard]] std::size_t ItemElements(const Shape& shape);
// "[1, 128, 313]".
[[nodiscard]] std::string ToString(const Shape& shape);

// A function of one number. alpha and beta as in oneDNN's eltwise algorithm of that name.
struct Eltwise {
  enum class Kind {
    kRelu,       // x < 0 ? alpha * x : x
    kHardSwish,  // x * min(max(x / 6 + 1 / 2, 0), 1)
    kSwish,      // x * sigmoid(x)
    kLogistic,   // sigmoid(x)
    kTanh,
    kClip,    // min(max(x, alpha), beta)
    kLinear,  // alpha * x + beta
  };
  Kind kind = Kind::kRelu;
  float alpha = 0.F;
  float beta = 0.F;
};

// How a kernel slides: [height, width]; a 1-D operator has height 1.
struct Window {
  std::array<std::int64_t, 2> kernel = {1, 1};
  std::array<std::int64_t, 2> strides = {1, 1};
  std::array<std::int64_t, 2> dilations = {1, 1};
  std::array<std::int64_t, 2> pads_begin = {0, 0};
  std::array<std::int64_t, 2> pads_end = {0, 0};
};

// [channel, (height,) width] -> the same rank. With a second input, that is added to the result,
// after the node's `before_sum` and before its activations.
struct ConvOp {
  Window window;
  std::int64_t groups = 1;
  std::int64_t out_channels = 1;
  std::vector<float> weights;  // [out_channel, in_channel / groups, height, width]
  std::vector<float> bias;     // [out_channel]
};

struct PoolOp {
  enum class Kind { kMax, kMeanOfInside, kMeanWithPadding };
  Kind kind = Kind::kMax;
  Window window;
};

// The node's activations and nothing else.
struct EltwiseOp {};

// Two inputs, of which either may be a constant; NumPy's broadcasting.
struct BinaryOp {
  enum class Kind { kAdd, kSubtract, kMultiply, kDivide };
  Kind kind = Kind::kAdd;
};

// x * scale + shift, one number a channel (axis 0).
struct AffineOp {
  std::vector<float> scale;
  std::vector<float> shift;
};

// [..., in] -> [..., out].
struct DenseOp {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::vector<float> weights;  // [out, in]
  std::vector<float> bias;     // [out]
};

// Two values of one rank, [..., row, inner] x [..., inner, column]; either may be a constant, whose
// leading dimensions are then 1.
struct MatMulOp {};

struct ReduceOp {
  enum class Kind { kMean, kMax };
  Kind kind = Kind::kMean;
  std::vector<std::size_t> axes;  // ascending
};

struct ConcatOp {
  std::size_t axis = 0;
};

// The same elements in the same order.
struct ReshapeOp {};

struct TransposeOp {
  std::vector<std::size_t> permutation;  // out[i] is in[permutation[i]]
};

struct PadOp {
  Shape before;
  Shape after;
  float value = 0.F;
};

// The part of the input that begins at `begin` and has the output's shape.
struct SliceOp {
  Shape begin;
};

struct SoftmaxOp {
  std::size_t axis = 0;
};

using Op = std::variant<ConvOp, PoolOp, EltwiseOp, BinaryOp, AffineOp, DenseOp, MatMulOp, ReduceOp,
                        ConcatOp, ReshapeOp, TransposeOp, PadOp, SliceOp, SoftmaxOp>;

using ValueId = std::size_t;

struct Value {
  std::string name;
  Shape shape;
  // Set for a constant: its elements, of the whole `shape` (a constant has no batch).
  std::shared_ptr<const std::vector<float>> constant;
};

struct Node {
  std::string label;  // for messages: Conv "stem"
  Op op;
  std::vector<ValueId> inputs;
  ValueId output = 0;
  std::vector<Eltwise> activations = {};  // applied to the result, in order
  std::map<std::string, std::size_t> weights =
      {};                                // elements of the file's constants it was made of
  std::vector<Eltwise> before_sum = {};  // of a convolution with two inputs, in order
};

struct Graph {
  std::vector<Value> values;
  std::vector<Node> nodes;  // each after those it needs
  ValueId input = 0;
  std::vector<ValueId> outputs;
  std::vector<std::string> output_names;
  std::map<std::string, std::string> metadata;
  std::size_t multiply_accumulates = 0;
  std::size_t parameter_count = 0;

  [[nodiscard]] const Shape& ShapeOf(ValueId id) const { return values[id].shape; }
  [[nodiscard]] bool IsConstant(ValueId id) const { return values[id].constant != nullptr; }
};

// How many inputs of nodes and graph outputs read each value.
[[nodiscard]] std::vector<std::size_t> CountUses(const Graph& graph);
// Drops nodes that no output needs.
void RemoveDeadNodes(Graph& graph);
// Elements of all constants that the nodes were made of, each once.
[[nodiscard]] std::size_t CountParameters(const Graph& graph);
// Multiply-accumulates of all nodes, for one item.
[[nodiscard]] std::size_t CountMultiplyAccumulates(const Graph& graph);

}  // namespace heartbeat::nn
