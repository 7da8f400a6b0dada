#include "training/onnx_import.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "nn/onnx_weights.h"
#include "nn/session.h"
#include "training/evidence_export.h"
#include "training/onnx_export.h"
#include "training/random.h"

namespace heartbeat::training {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;
using Shape = std::vector<std::int64_t>;

constexpr std::uintmax_t kMaxModelBytes = std::uintmax_t{64} << 20;
constexpr std::size_t kMaxBlocks = 1000;
// Between the file and what was made of it, in a logit: both run the same sums in the same order.
constexpr double kTolerance = 1e-5;

std::unexpected<base::Error> NotOurs(const std::string& why) {
  return Fail(ErrorCode::kInvalidModel,
              "this model cannot be trained further: " + why +
                  ". Only the network that heartbeat train makes can; to use it as it is needs no "
                  "training");
}

std::string BlockName(std::size_t i) { return "block" + std::to_string(i); }

// Reads the architecture off the shapes of the weights. Every size is one that the file has numbers
// for, so that no memory is taken for what is only claimed.
class Architecture {
 public:
  explicit Architecture(const nn::OnnxWeights& weights) : weights_(weights) {}

  Result<NetworkConfig> Read(double dropout) {
    NetworkConfig config;
    config.dropout = dropout;
    config.channels.clear();
    config.strides.clear();
    const auto* stem = Find("stem.weight");
    if (stem == nullptr || stem->shape.size() != 4) return NotOurs("it has no stem");
    std::int64_t channels = stem->shape[0];
    config.stem_channels = static_cast<int>(channels);
    for (std::size_t i = 0; i < kMaxBlocks; ++i) {
      const auto* pointwise = Find(BlockName(i) + ".pointwise.weight");
      if (pointwise == nullptr) break;
      const Shape& shape = pointwise->shape;
      if (shape.size() != 4 || shape != Shape{shape[0], channels, 1, 1}) {
        return NotOurs("the weights of " + BlockName(i) + " have another shape");
      }
      const int stride = StrideOf(BlockName(i) + ".depthwise.weight");
      if (stride == 0) return NotOurs(BlockName(i) + " has strides other than 1 and 2");
      channels = shape[0];
      config.channels.push_back(static_cast<int>(channels));
      config.strides.push_back(stride);
    }
    const auto* mix = Find("mix.weight");
    if (config.channels.empty() || mix == nullptr ||
        mix->shape != Shape{channels, channels, 1, 1}) {
      return NotOurs("its blocks are not those of our network");
    }
    return config;
  }

 private:
  const nn::OnnxWeights::Tensor* Find(const std::string& name) const {
    const auto found = weights_.tensors.find(name);
    return found == weights_.tensors.end() ? nullptr : &found->second;
  }

  // 0: neither 1 nor 2, or not the same both ways.
  int StrideOf(const std::string& name) const {
    const auto found = weights_.strides.find(name);
    if (found == weights_.strides.end()) return 0;
    const auto& strides = found->second;
    if (strides.empty()) return 1;
    const bool good =
        strides.size() == 2 && strides[0] == strides[1] && (strides[0] == 1 || strides[0] == 2);
    return good ? static_cast<int>(strides[0]) : 0;
  }

  const nn::OnnxWeights& weights_;
};

// Copies tensors of the file into those of a network; remembers the first that does not fit.
class Filler {
 public:
  explicit Filler(const nn::OnnxWeights& weights) : weights_(weights) {}

  void Unit(const ConvUnit& unit, const std::string& name) {
    Tensor(name + ".weight", unit->conv->weight);
    Tensor(name + ".scale", unit->norm->weight);
    Tensor(name + ".bias", unit->norm->bias);
    Tensor(name + ".mean", unit->norm->running_mean);
    Tensor(name + ".var", unit->norm->running_var);
  }

  void Tensor(const std::string& name, torch::Tensor tensor) {
    used_.insert(name);
    const auto found = weights_.tensors.find(name);
    if (found == weights_.tensors.end() || found->second.shape != tensor.sizes().vec()) {
      if (fault_.empty()) fault_ = "it has no " + name + " of the shape that is needed";
      return;
    }
    const torch::NoGradGuard no_grad;
    const auto& values = found->second.values;
    std::ranges::copy(values, tensor.data_ptr<float>());
  }

  Result<void> Finish() const {
    if (!fault_.empty()) return NotOurs(fault_);
    if (used_.size() != weights_.tensors.size()) return NotOurs("it has more weights than ours");
    return {};
  }

 private:
  const nn::OnnxWeights& weights_;
  std::set<std::string> used_;
  std::string fault_;
};

Result<void> Fill(const Network& network, const nn::OnnxWeights& weights) {
  Filler filler(weights);
  filler.Unit(network->stem, "stem");
  for (std::size_t i = 0; i < network->blocks.size(); ++i) {
    filler.Unit(network->blocks[i]->depthwise, BlockName(i) + ".depthwise");
    filler.Unit(network->blocks[i]->pointwise, BlockName(i) + ".pointwise");
  }
  filler.Unit(network->collapse, "collapse");
  filler.Unit(network->mix, "mix");
  filler.Tensor("linear.weight", network->linear->weight);
  filler.Tensor("linear.bias", network->linear->bias);
  if (network->murmur) {
    filler.Tensor("murmur.weight", network->murmur->weight);
    filler.Tensor("murmur.bias", network->murmur->bias);
  }
  return filler.Finish();
}

// What is computed beside the logit follows from the network, and is exported anew.
void LeaveOutEvidence(nn::OnnxWeights& weights) {
  std::erase_if(weights.tensors,
                [](const auto& tensor) { return tensor.first.starts_with(kEvidencePrefix); });
}

// Every number that the model gives for a window, by the name of the output.
using Values = std::map<std::string, std::vector<float>>;

Result<Values> RunOnce(const nn::Session& session, std::span<const float> window) {
  Values values;
  std::vector<std::span<float>> outputs;
  for (const nn::TensorInfo& output : session.outputs()) {
    outputs.emplace_back(values[output.name] = std::vector<float>(output.ItemSize()));
  }
  if (const auto ran = session.Run(1, window, outputs); !ran) return Fail(ran);
  return values;
}

// Weights of the right names could still be wired in another way: only running both shows it.
Result<void> CheckSame(const nn::Session& original, const ImportedModel& imported) {
  const auto again = nn::Session::Load(ToOnnx(imported.network, imported.metadata));
  if (!again) return NotOurs("it cannot be written again");
  const auto& input = original.input();
  // A file of an earlier version has no evidence.
  const auto has_it = [&](const nn::TensorInfo& output) {
    const auto found = std::ranges::find(again->outputs(), output.name, &nn::TensorInfo::name);
    return found != again->outputs().end() && found->shape == output.shape;
  };
  if (again->input().shape != input.shape || !std::ranges::all_of(original.outputs(), has_it)) {
    return NotOurs("it has other inputs or outputs");
  }
  Random random(1, 0, 0);
  for (int run = 0; run < 3; ++run) {
    std::vector<float> window(input.ItemSize());
    for (float& value : window) value = static_cast<float>(random.Normal());
    const auto expected = RunOnce(original, window);
    if (!expected) return Fail(expected);
    const auto got = RunOnce(*again, window);
    if (!got) return Fail(got);
    const auto is_near = [](float a, float b) {
      return std::abs(a - b) <= kTolerance * std::max(1.0F, std::abs(a));
    };
    const auto is_same = [&](const auto& output) {
      return std::ranges::equal(output.second, got->at(output.first), is_near);
    };
    if (!std::ranges::all_of(*expected, is_same)) {
      return NotOurs("its layers are wired in another way");
    }
  }
  return {};
}

// What both have: all but the murmur output.
void CopyShared(const Network& from, const Network& to) {
  const torch::NoGradGuard no_grad;
  const auto copy = [](auto&& source, auto&& into) {
    for (const auto& item : source) {
      if (auto* tensor = into.find(item.key())) tensor->copy_(item.value());
    }
  };
  copy(from->named_parameters(), to->named_parameters());
  copy(from->named_buffers(), to->named_buffers());
}

}  // namespace

Result<ImportedModel> FromOnnx(std::span<const std::byte> onnx, double dropout) {
  const auto session = nn::Session::Load(onnx);
  if (!session) return Fail(session);
  auto metadata = analysis::ModelMetadata::Parse(session->metadata());
  if (!metadata) return Fail(metadata);
  auto weights = nn::ReadOnnxWeights(onnx);
  if (!weights) return Fail(weights);
  LeaveOutEvidence(*weights);
  auto network_config = Architecture(*weights).Read(dropout);
  if (!network_config) return Fail(network_config);
  ImportedModel imported{*std::move(metadata), *std::move(network_config)};
  try {
    imported.network = Network(imported.network_config, imported.metadata.features.mel_bands,
                               weights->tensors.contains("murmur.weight"));
    imported.network->eval();
    if (auto filled = Fill(imported.network, *weights); !filled) return Fail(filled);
    if (auto same = CheckSame(*session, imported); !same) return Fail(same);
  } catch (const c10::Error&) {  // sizes that libtorch does not take
    return NotOurs("its network cannot be built");
  }
  return imported;
}

Result<void> Reexport(const std::filesystem::path& from, const std::filesystem::path& to) {
  const auto bytes = base::ReadFile(from, kMaxModelBytes);
  if (!bytes) return Fail(bytes);
  const auto imported = FromOnnx(*bytes, 0);
  if (!imported) {
    return Fail(imported.error().code, from.string() + ": " + imported.error().message);
  }
  return base::WriteFileAtomically(to, ToOnnx(imported->network, imported->metadata));
}

Result<Network> TakeInitialModel(TrainConfig& config) {
  const auto bytes = base::ReadFile(config.init.model, kMaxModelBytes);
  if (!bytes) return Fail(bytes);
  auto imported = FromOnnx(*bytes, config.network.dropout);
  if (!imported) {
    return Fail(imported.error().code, config.init.model + ": " + imported.error().message);
  }
  const auto& metadata = imported->metadata;
  config.features = metadata.features;
  config.window = {.window_s = metadata.window_s,
                   .step_s = metadata.window_step_s,
                   .feature_scale = metadata.feature_scale};
  config.network = imported->network_config;
  if (static_cast<bool>(imported->network->murmur) == config.LearnsMurmurs()) {
    return std::move(imported->network);
  }
  torch::manual_seed(static_cast<std::uint64_t>(config.optimizer.seed));
  Network network(config.network, config.features.mel_bands, config.LearnsMurmurs());
  CopyShared(imported->network, network);
  return network;
}

}  // namespace heartbeat::training
