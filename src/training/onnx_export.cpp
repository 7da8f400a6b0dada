#include "training/onnx_export.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "nn/onnx_builder.h"
#include "training/evidence_export.h"

namespace heartbeat::training {
namespace {

// Walks the network in the order of its forward pass; every call returns the name of its result.
class Exporter {
 public:
  Exporter() : builder_("heartbeat") {}

  std::string Unit(const ConvUnit& unit, const std::string& name, const std::string& input) {
    const auto& options = unit->conv->options;
    const auto pair = [](const auto& array) {
      return std::vector<std::int64_t>{array->at(0), array->at(1)};
    };
    const auto padding = pair(c10::get<torch::ExpandingArray<2>>(options.padding()));
    Tensor(name + ".weight", unit->conv->weight);
    builder_.AddNode("Conv", {input, name + ".weight"}, {name + ".conv"},
                     {{"kernel_shape", pair(options.kernel_size())},
                      {"strides", pair(options.stride())},
                      {"pads", std::vector{padding[0], padding[1], padding[0], padding[1]}},
                      {"group", options.groups()}});
    const auto& norm = unit->norm;
    Tensor(name + ".scale", norm->weight);
    Tensor(name + ".bias", norm->bias);
    Tensor(name + ".mean", norm->running_mean);
    Tensor(name + ".var", norm->running_var);
    builder_.AddNode(
        "BatchNormalization",
        {name + ".conv", name + ".scale", name + ".bias", name + ".mean", name + ".var"},
        {name + ".norm"}, {{"epsilon", static_cast<float>(norm->options.eps())}});
    builder_.AddNode("Relu", {name + ".norm"}, {name + ".relu"});
    return name + ".relu";
  }

  std::string Residual(const Block& block, const std::string& name, const std::string& input) {
    const std::string depthwise = Unit(block->depthwise, name + ".depthwise", input);
    const std::string pointwise = Unit(block->pointwise, name + ".pointwise", depthwise);
    if (!block->residual) return pointwise;
    builder_.AddNode("Add", {input, pointwise}, {name + ".sum"});
    return name + ".sum";
  }

  void Linear(const torch::nn::Linear& linear, const std::string& name, const std::string& output) {
    Tensor(name + ".weight", linear->weight);
    Tensor(name + ".bias", linear->bias);
    builder_.AddNode("Gemm", {"pooled", name + ".weight", name + ".bias"}, {output},
                     {{"transB", std::int64_t{1}}});
  }

  void Tensor(const std::string& name, const torch::Tensor& tensor) {
    const torch::Tensor values = tensor.detach().contiguous().to(torch::kFloat32);
    builder_.AddInitializer(
        name, std::span(values.sizes().data(), values.sizes().size()),
        std::span<const float>(values.data_ptr<float>(), static_cast<std::size_t>(values.numel())));
  }

  nn::OnnxBuilder& builder() { return builder_; }

 private:
  nn::OnnxBuilder builder_;
};

// Every convolution with a stride has a kernel of 3 and pads of 1.
std::int64_t ColumnsOfLastMap(const Network& network, std::int64_t frames) {
  const auto shrink = [&](const ConvUnit& unit) {
    const std::int64_t stride = unit->conv->options.stride()->at(1);
    frames = (frames + stride - 1) / stride;
  };
  shrink(network->stem);
  for (const Block& block : network->blocks) shrink(block->depthwise);
  return frames;
}

}  // namespace

std::vector<std::byte> ToOnnx(const Network& network, const analysis::ModelMetadata& metadata) {
  Exporter exporter;
  nn::OnnxBuilder& builder = exporter.builder();
  builder.AddInput("features", std::vector<std::int64_t>{1, metadata.features.mel_bands,
                                                         metadata.WindowFrames()});
  builder.AddOutput("logit", std::vector<std::int64_t>{1});
  if (network->murmur) builder.AddOutput("murmur", std::vector<std::int64_t>{3});
  std::string x = exporter.Unit(network->stem, "stem", "features");
  for (std::size_t i = 0; i < network->blocks.size(); ++i) {
    x = exporter.Residual(network->blocks[i], "block" + std::to_string(i), x);
  }
  const std::string last_map = x;
  const std::string collapse = exporter.Unit(network->collapse, "collapse", x);
  x = exporter.Unit(network->mix, "mix", collapse);
  const std::map<std::string, nn::OnnxBuilder::Attribute> over_time = {
      {"axes", std::vector<std::int64_t>{2, 3}}, {"keepdims", std::int64_t{0}}};
  builder.AddNode("ReduceMean", {x}, {"time_mean"}, over_time);
  builder.AddNode("ReduceMax", {x}, {"time_max"}, over_time);
  builder.AddNode("Concat", {"time_mean", "time_max"}, {"pooled"}, {{"axis", std::int64_t{1}}});
  exporter.Linear(network->linear, "linear", "logit");
  if (network->murmur) exporter.Linear(network->murmur, "murmur", "murmur");
  AddEvidence(network,
              {.last_map = last_map,
               .collapse = collapse,
               .mix = x,
               .time_max = "time_max",
               .mix_weight = "mix.weight"},
              ColumnsOfLastMap(network, metadata.WindowFrames()), builder);
  for (const auto& [key, value] : metadata.ToProperties()) builder.SetMetadata(key, value);
  return builder.Serialize();
}

}  // namespace heartbeat::training
