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
  // Of the trunk whose names begin with `prefix`.
  Architecture(const nn::OnnxWeights& weights, std::string prefix)
      : weights_(weights), prefix_(std::move(prefix)) {}

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
    const auto found = weights_.tensors.find(prefix_ + name);
    return found == weights_.tensors.end() ? nullptr : &found->second;
  }

  // 0: neither 1 nor 2, or not the same both ways.
  int StrideOf(const std::string& name) const {
    const auto found = weights_.strides.find(prefix_ + name);
    if (found == weights_.strides.end()) return 0;
    const auto& strides = found->second;
    if (strides.empty()) return 1;
    const bool good =
        strides.size() == 2 && strides[0] == strides[1] && (strides[0] == 1 || strides[0] == 2);
    return good ? static_cast<int>(strides[0]) : 0;
  }

  const nn::OnnxWeights& weights_;
  std::string prefix_;
};

// Copies tensors of the file into those of a network; remembers the first that does not fit.
class Filler {
 public:
  explicit Filler(const nn::OnnxWeights& weights) : weights_(weights) {}

  void Whole(const Trunk& trunk, const std::string& prefix) {
    Unit(trunk->stem, prefix + "stem");
    for (std::size_t i = 0; i < trunk->blocks.size(); ++i) {
      Unit(trunk->blocks[i]->depthwise, prefix + BlockName(i) + ".depthwise");
      Unit(trunk->blocks[i]->pointwise, prefix + BlockName(i) + ".pointwise");
    }
    Unit(trunk->collapse, prefix + "collapse");
    Unit(trunk->mix, prefix + "mix");
  }

  void Linear(const torch::nn::Linear& linear, const std::string& name) {
    Tensor(name + ".weight", linear->weight);
    Tensor(name + ".bias", linear->bias);
  }

  Result<void> Finish() const {
    if (!fault_.empty()) return NotOurs(fault_);
    if (used_.size() != weights_.tensors.size()) return NotOurs("it has more weights than ours");
    return {};
  }

 private:
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

  const nn::OnnxWeights& weights_;
  std::set<std::string> used_;
  std::string fault_;
};

Result<void> Fill(const Network& network, const nn::OnnxWeights& weights) {
  Filler filler(weights);
  filler.Whole(network->trunk, "");
  filler.Linear(network->linear, "linear");
  if (network->second) {
    filler.Whole(network->second, kSecondPrefix);
    filler.Linear(network->second_linear, std::string(kSecondPrefix) + "linear");
  }
  if (network->murmur) filler.Linear(network->murmur, "murmur");
  return filler.Finish();
}

// What is no weight of a network: the graph that joins two trunks, and the evidence, which follows
// from them and is exported anew.
void LeaveOutWhatFollows(nn::OnnxWeights& weights) {
  std::erase_if(weights.tensors, [](const auto& tensor) {
    return tensor.first.starts_with(kEvidencePrefix) || tensor.first.starts_with(kJoinPrefix);
  });
}

Result<NetworkShape> ReadShape(const nn::OnnxWeights& weights,
                               const features::LogMelConfig& features, double dropout) {
  auto first = Architecture(weights, "").Read(dropout);
  if (!first) return Fail(first);
  NetworkShape shape{*std::move(first), features.mel_bands,
                     weights.tensors.contains("murmur.weight"), std::nullopt};
  if (!features.second_view) return shape;
  auto second = Architecture(weights, kSecondPrefix).Read(dropout);
  if (!second) return Fail(second);
  const auto limit = weights.tensors.find(std::string(kJoinPrefix) + "limit");
  if (limit == weights.tensors.end() || limit->second.values.size() != 1) {
    return NotOurs("it does not say how its two networks are joined");
  }
  shape.second = {*std::move(second), features.second_view->bands, limit->second.values[0]};
  return shape;
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

}  // namespace

Result<ImportedModel> FromOnnx(std::span<const std::byte> onnx, double dropout) {
  const auto session = nn::Session::Load(onnx);
  if (!session) return Fail(session);
  auto metadata = analysis::ModelMetadata::Parse(session->metadata());
  if (!metadata) return Fail(metadata);
  auto weights = nn::ReadOnnxWeights(onnx);
  if (!weights) return Fail(weights);
  const auto shape = ReadShape(*weights, metadata->features, dropout);
  if (!shape) return Fail(shape);
  LeaveOutWhatFollows(*weights);
  ImportedModel imported{*std::move(metadata)};
  try {
    imported.network = Network(*shape);
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
  const NetworkShape& shape = imported->network->shape;
  config.network = shape.network;
  config.second = {};
  if (static_cast<bool>(imported->network->murmur) == config.LearnsMurmurs()) {
    return std::move(imported->network);
  }
  torch::manual_seed(static_cast<std::uint64_t>(config.optimizer.seed));
  NetworkShape changed = shape;
  changed.with_murmur = config.LearnsMurmurs();
  Network network(changed);
  CopyTensors(*imported->network, *network);
  return network;
}

}  // namespace heartbeat::training
