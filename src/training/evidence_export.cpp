#include "training/evidence_export.h"

#include <cstddef>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace heartbeat::training {
namespace {

using Shape = std::vector<std::int64_t>;

// Makes a step of what is above zero, and leaves no product that overflows: activations stay far
// below 1e18.
constexpr float kSteep = 1e20F;

// One node after the other, under names of its own.
class Graph {
 public:
  Graph(std::string prefix, nn::OnnxBuilder& builder)
      : prefix_(std::move(prefix)), builder_(builder) {}

  std::string Node(const std::string& op_type, const std::vector<std::string>& inputs,
                   const std::map<std::string, nn::OnnxBuilder::Attribute>& attributes = {}) {
    const std::string name = prefix_ + "." + std::to_string(++nodes_);
    builder_.AddNode(op_type, inputs, {name}, attributes);
    return name;
  }

  std::string Constant(const std::string& name, const Shape& shape,
                       const std::vector<float>& values) {
    std::string full = prefix_ + "." + name;
    builder_.AddInitializer(full, shape, std::span(values));
    return full;
  }

  std::string Indices(const std::string& name, const std::vector<std::int64_t>& values) {
    std::string full = prefix_ + "." + name;
    builder_.AddInitializer(full, Shape{static_cast<std::int64_t>(values.size())},
                            std::span(values));
    return full;
  }

 private:
  std::string prefix_;
  nn::OnnxBuilder& builder_;
  int nodes_ = 0;
};

// What a normalisation multiplies each channel by.
torch::Tensor ScaleOf(const torch::nn::BatchNorm2d& norm) {
  return norm->weight.to(torch::kFloat64) /
         (norm->running_var.to(torch::kFloat64) + norm->options.eps()).sqrt();
}

std::vector<float> Values(const torch::Tensor& tensor) {
  const torch::Tensor floats = tensor.to(torch::kFloat32).contiguous();
  const float* data = floats.data_ptr<float>();
  return {data, data + floats.numel()};
}

}  // namespace

void AddEvidence(const Trunk& trunk, const torch::nn::Linear& linear, const EvidenceInputs& inputs,
                 std::int64_t columns, const std::string& output, nn::OnnxBuilder& builder) {
  const torch::NoGradGuard no_grad;
  Graph graph(output, builder);
  const std::int64_t channels = trunk->collapse->conv->weight.size(0);
  const std::int64_t rows = trunk->collapse->conv->weight.size(2);
  const Shape by_channel = {channels, 1, 1};

  const auto steep = graph.Constant("steep", {}, {kSteep});
  const auto zero = graph.Constant("zero", {}, {0});
  const auto one = graph.Constant("one", {}, {1});
  const auto minus_one = graph.Constant("minus_one", {}, {-1});
  const auto above_zero = [&](const std::string& value) {
    return graph.Node("Clip", {graph.Node("Mul", {value, steep}), zero, one});
  };

  // From the logit to the mix: a column has its share of the mean, and of the maximum where it is
  // that. The normalisation's scale comes with both.
  const auto scale = ScaleOf(trunk->mix->norm) / static_cast<double>(columns);
  const auto weights = linear->weight.to(torch::kFloat64).flatten();
  const auto of_mean =
      graph.Constant("mean_weight", by_channel, Values(weights.slice(0, 0, channels) * scale));
  const auto of_max = graph.Constant("max_weight", by_channel,
                                     Values(weights.slice(0, channels, 2 * channels) * scale));
  const auto maximum =
      graph.Node("Unsqueeze", {inputs.time_max, graph.Indices("time_axes", {2, 3})});
  const auto below = graph.Node("Sub", {inputs.mix, maximum});
  const auto is_below = graph.Node("Clip", {graph.Node("Mul", {below, steep}), minus_one, zero});
  const auto is_max = graph.Node("Add", {is_below, one});
  const auto share_of_columns =
      graph.Node("ReduceMean", {is_max},
                 {{"axes", std::vector<std::int64_t>{2, 3}}, {"keepdims", std::int64_t{1}}});
  const auto max_part = graph.Node("Mul", {graph.Node("Div", {is_max, share_of_columns}), of_max});
  const auto to_mix =
      graph.Node("Mul", {graph.Node("Add", {max_part, of_mean}), above_zero(inputs.mix)});

  // Through the pointwise weights, transposed.
  const auto transposed = graph.Node("Transpose", {inputs.mix_weight},
                                     {{"perm", std::vector<std::int64_t>{1, 0, 2, 3}}});
  const auto through_mix =
      graph.Node("Conv", {to_mix, transposed}, {{"kernel_shape", std::vector<std::int64_t>{1, 1}}});
  const auto to_collapse = graph.Node("Mul", {through_mix, above_zero(inputs.collapse)});

  // A convolution over all rows, transposed, is one with the flipped kernel over a single row that
  // zeros surround.
  const auto flipped = trunk->collapse->conv->weight.to(torch::kFloat64).flip({2}) *
                       ScaleOf(trunk->collapse->norm).reshape({channels, 1, 1, 1});
  const auto collapse = graph.Constant("collapse", {channels, 1, rows, 1}, Values(flipped));
  const auto gradient = graph.Node("Conv", {to_collapse, collapse},
                                   {{"kernel_shape", std::vector<std::int64_t>{rows, 1}},
                                    {"pads", std::vector<std::int64_t>{rows - 1, 0, rows - 1, 0}},
                                    {"group", channels}});

  const auto product = graph.Node("Mul", {inputs.last_map, gradient});
  const auto ones = graph.Constant("ones", {1, channels, 1, 1},
                                   std::vector<float>(static_cast<std::size_t>(channels), 1));
  const auto sum =
      graph.Node("Conv", {product, ones}, {{"kernel_shape", std::vector<std::int64_t>{1, 1}}});
  builder.AddNode("Squeeze", {sum, graph.Indices("channel_axis", {1})}, {output});
}

}  // namespace heartbeat::training
