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

  void Linear(const torch::nn::Linear& linear, const std::string& name, const std::string& input,
              const std::string& output) {
    Tensor(name + ".weight", linear->weight);
    Tensor(name + ".bias", linear->bias);
    builder_.AddNode("Gemm", {input, name + ".weight", name + ".bias"}, {output},
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
std::int64_t ColumnsOfLastMap(const Trunk& trunk, std::int64_t frames) {
  const auto shrink = [&](const ConvUnit& unit) {
    const std::int64_t stride = unit->conv->options.stride()->at(1);
    frames = (frames + stride - 1) / stride;
  };
  shrink(trunk->stem);
  for (const Block& block : trunk->blocks) shrink(block->depthwise);
  return frames;
}

// What a trunk adds to the file.
struct ExportedTrunk {
  std::string pooled;
  EvidenceInputs evidence;
  std::int64_t rows = 0;  // of the last map
  std::int64_t columns = 0;
};

ExportedTrunk AddTrunk(const Trunk& trunk, const std::string& prefix, const std::string& input,
                       std::int64_t frames, Exporter& exporter) {
  nn::OnnxBuilder& builder = exporter.builder();
  ExportedTrunk exported;
  std::string x = exporter.Unit(trunk->stem, prefix + "stem", input);
  for (std::size_t i = 0; i < trunk->blocks.size(); ++i) {
    x = exporter.Residual(trunk->blocks[i], prefix + "block" + std::to_string(i), x);
  }
  exported.evidence.last_map = x;
  exported.evidence.collapse = exporter.Unit(trunk->collapse, prefix + "collapse", x);
  exported.evidence.mix = exporter.Unit(trunk->mix, prefix + "mix", exported.evidence.collapse);
  exported.evidence.mix_weight = prefix + "mix.weight";
  const std::string mean = prefix + "time_mean";
  exported.evidence.time_max = prefix + "time_max";
  exported.pooled = prefix + "pooled";
  const std::map<std::string, nn::OnnxBuilder::Attribute> over_time = {
      {"axes", std::vector<std::int64_t>{2, 3}}, {"keepdims", std::int64_t{0}}};
  builder.AddNode("ReduceMean", {exported.evidence.mix}, {mean}, over_time);
  builder.AddNode("ReduceMax", {exported.evidence.mix}, {exported.evidence.time_max}, over_time);
  builder.AddNode("Concat", {mean, exported.evidence.time_max}, {exported.pooled},
                  {{"axis", std::int64_t{1}}});
  exported.rows = trunk->collapse->conv->weight.size(2);
  exported.columns = ColumnsOfLastMap(trunk, frames);
  return exported;
}

// The outputs of a network of two trunks.
void AddJoined(const Network& network, const analysis::ModelMetadata& metadata,
               Exporter& exporter) {
  nn::OnnxBuilder& builder = exporter.builder();
  const NetworkShape::Second& shape = *network->shape.second;
  const auto name = [](const std::string& what) { return kJoinPrefix + what; };
  const auto integers = [&](const std::string& what, const std::vector<std::int64_t>& values) {
    const std::vector<std::int64_t> dims = {static_cast<std::int64_t>(values.size())};
    builder.AddInitializer(name(what), dims, std::span(values));
    return name(what);
  };
  const auto scalar = [&](const std::string& what, double value) {
    const float values[] = {static_cast<float>(value)};
    builder.AddInitializer(name(what), std::vector<std::int64_t>{}, std::span<const float>(values));
    return name(what);
  };
  const auto node = [&](const std::string& what, const std::string& op_type,
                        const std::vector<std::string>& inputs) {
    builder.AddNode(op_type, inputs, {name(what)});
    return name(what);
  };

  const std::int64_t bands = network->shape.mel_bands;
  const auto row_axis = integers("row_axis", {2});
  const auto from = integers("first_row", {0});
  const auto between = integers("second_row", {bands});
  const auto end = integers("end_row", {bands + shape.bands});
  const auto first_rows = node("first_view", "Slice", {"features", from, between, row_axis});
  const auto second_rows = node("second_view", "Slice", {"features", between, end, row_axis});
  const std::int64_t frames = metadata.WindowFrames();
  const auto first = AddTrunk(network->trunk, "", first_rows, frames, exporter);
  const auto second = AddTrunk(network->second, kSecondPrefix, second_rows, frames, exporter);
  exporter.Linear(network->linear, "linear", first.pooled, name("first_logit"));
  exporter.Linear(network->second_linear, std::string(kSecondPrefix) + "linear", second.pooled,
                  name("second_logit"));
  if (network->murmur) exporter.Linear(network->murmur, "murmur", second.pooled, "murmur");

  // z cut off at +-limit is z * limit / (limit + max(0, |z| - limit)): the factor is that of the
  // evidence too.
  const auto limit = scalar("limit", shape.limit);
  const auto minus_one = scalar("minus_one", -1);
  const auto up = node("positive", "Relu", {name("first_logit")});
  const auto mirrored = node("mirrored", "Mul", {name("first_logit"), minus_one});
  const auto down = node("negative", "Relu", {mirrored});
  const auto size = node("size", "Add", {up, down});
  const auto excess = node("excess", "Relu", {node("beyond", "Sub", {size, limit})});
  const auto factor = node("factor", "Div", {limit, node("divisor", "Add", {excess, limit})});
  const auto cut_off = node("cut_off", "Mul", {name("first_logit"), factor});
  builder.AddNode("Add", {cut_off, name("second_logit")}, {"logit"});

  const std::string of_first = std::string(kEvidencePrefix) + "_first";
  const std::string of_second = std::string(kEvidencePrefix) + "_second";
  AddEvidence(network->trunk, network->linear, first.evidence, first.columns, of_first, builder);
  AddEvidence(network->second, network->second_linear, second.evidence, second.columns, of_second,
              builder);
  const auto each = node("factor_of_each", "Unsqueeze", {factor, integers("last_axis", {2})});
  const auto scaled = node("scaled_evidence", "Mul", {of_first, each});
  const std::int64_t below = FirstSharedRow(*metadata.features.second_view, network->shape.network);
  const auto pads =
      integers("evidence_pads", {0, below, 0, 0, first.rows - below - second.rows, 0});
  const auto padded = node("padded_evidence", "Pad", {of_second, pads});
  builder.AddNode("Add", {scaled, padded}, {kEvidencePrefix});
  builder.AddOutput(kEvidencePrefix, std::vector<std::int64_t>{first.rows, first.columns});
}

}  // namespace

std::vector<std::byte> ToOnnx(const Network& network, const analysis::ModelMetadata& metadata) {
  Exporter exporter;
  nn::OnnxBuilder& builder = exporter.builder();
  builder.AddInput("features",
                   std::vector<std::int64_t>{1, metadata.features.Rows(), metadata.WindowFrames()});
  builder.AddOutput("logit", std::vector<std::int64_t>{1});
  if (network->murmur) builder.AddOutput("murmur", std::vector<std::int64_t>{3});
  if (network->second) {
    AddJoined(network, metadata, exporter);
  } else {
    const auto trunk = AddTrunk(network->trunk, "", "features", metadata.WindowFrames(), exporter);
    exporter.Linear(network->linear, "linear", trunk.pooled, "logit");
    if (network->murmur) exporter.Linear(network->murmur, "murmur", trunk.pooled, "murmur");
    AddEvidence(network->trunk, network->linear, trunk.evidence, trunk.columns, kEvidencePrefix,
                builder);
    builder.AddOutput(kEvidencePrefix, std::vector<std::int64_t>{trunk.rows, trunk.columns});
  }
  for (const auto& [key, value] : metadata.ToProperties()) builder.SetMetadata(key, value);
  return builder.Serialize();
}

}  // namespace heartbeat::training
