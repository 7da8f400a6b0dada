#include "training/trainer.h"

#include <ATen/autocast_mode.h>
#include <torch/autograd.h>
#include <torch/cuda.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adamw.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <limits>
#include <numbers>
#include <span>
#include <utility>

#include "analysis/windows.h"
#include "base/clock.h"
#include "base/parallel.h"
#include "evaluation/measures.h"
#include "evaluation/murmur_label.h"
#include "training/augment.h"
#include "training/batch.h"
#include "training/cell_variance.h"
#include "training/checkpoint.h"

namespace heartbeat::training {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

constexpr int kScoringBatch = 32;
// The key of the random stream of dropout, which is no window's.
constexpr std::uint64_t kDropoutStream = 1ULL << 41;

// One cycle with cosine slopes: from a 25th of `top` up to it, then down to a 10,000th of the
// start. Source: Smith & Topin, Super-Convergence, 2018, with the defaults of PyTorch's OneCycleLR.
double OneCycle(double top, double warmup_fraction, double progress) {
  const auto slope = [](double from, double to, double x) {
    return to + (from - to) * (1 + std::cos(std::numbers::pi * x)) / 2;
  };
  const double start = top / 25;
  if (progress < warmup_fraction) return slope(start, top, progress / warmup_fraction);
  return slope(top, start / 1e4, (progress - warmup_fraction) / (1 - warmup_fraction));
}

void SetLearningRate(torch::optim::AdamW& optimizer, double rate) {
  for (auto& group : optimizer.param_groups()) {
    static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
  }
}

// Weights and running statistics of `from` into `to`: to = decay * to + (1 - decay) * from.
void Average(Network& to, const Network& from, double decay) {
  const torch::NoGradGuard no_grad;
  const auto blend = [&](const std::vector<torch::Tensor>& into,
                         const std::vector<torch::Tensor>& source) {
    for (std::size_t i = 0; i < into.size(); ++i) {
      if (into[i].is_floating_point()) {
        into[i].mul_(decay).add_(source[i].to(into[i].device()), 1 - decay);
      } else {
        into[i].copy_(source[i]);
      }
    }
  };
  blend(to->parameters(), from->parameters());
  blend(to->buffers(), from->buffers());
}

// The network's products in bfloat16 while it lives.
class BFloat16Scope {
 public:
  BFloat16Scope() {
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    at::autocast::set_cpu_enabled(true);
  }
  ~BFloat16Scope() {
    at::autocast::set_cpu_enabled(false);
    at::autocast::clear_cache();
  }
  BFloat16Scope(const BFloat16Scope&) = delete;
  BFloat16Scope& operator=(const BFloat16Scope&) = delete;
};

double ProbabilityPresent(const std::array<double, kMurmurClasses>& logits) {
  double sum = 0;
  for (const double logit : logits) sum += std::exp(logit - logits[0]);
  return 1 / sum;
}

// Fills in the hold-out measures.
void Judge(Network& network, const TrainConfig& config, const std::vector<Example>& examples,
           const Split& split, EpochRecord& record) {
  const std::vector<MeanOutput> outputs = MeanOutputs(network, config, examples, split.holdout);
  std::vector<evaluation::Scored> scored;
  std::vector<evaluation::Scored> murmurs;
  double loss = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const evaluation::DatasetEntry& entry = examples[split.holdout[i]].entry;
    const auto murmur = evaluation::MurmurLabel(entry);
    if (murmur && murmur != evaluation::Murmur::kUnknown) {
      murmurs.push_back(
          {ProbabilityPresent(outputs[i].murmur), murmur == evaluation::Murmur::kPresent});
    }
    if (!entry.label) continue;
    const double logit = outputs[i].logit;
    const bool abnormal = entry.label == evaluation::Label::kAbnormal;
    const double signed_logit = abnormal ? logit : -logit;
    loss += std::log1p(std::exp(-std::abs(signed_logit))) + std::max(0.0, -signed_logit);
    scored.push_back({1 / (1 + std::exp(-logit)), abnormal});
  }
  record.holdout_loss = loss / static_cast<double>(scored.size());
  record.holdout_auroc = evaluation::Auroc(scored);
  record.holdout_macc = evaluation::Confusion(scored, 0.5).MAcc();
  if (config.LearnsMurmurs()) record.holdout_murmur_auroc = evaluation::Auroc(murmurs);
}

class Run {
 public:
  Run(const TrainConfig& config, const std::vector<Example>& examples, const Split& split,
      const std::filesystem::path& checkpoint, const std::atomic<bool>& stop,
      const TrainObserver& observer, const Network& start)
      : config_(config),
        examples_(examples),
        split_(split),
        checkpoint_(checkpoint),
        stop_(stop),
        observer_(observer),
        device_(config.optimizer.device == "cuda" ? torch::kCUDA : torch::kCPU),
        samplers_{Sampler(examples, split.learn, config.sampling,
                          config.murmur.label_weight > 0 ? config.murmur.label_weight : 1),
                  MurmurSampler(examples, split.learn, config.sampling)},
        steps_(config.sampling.windows_per_epoch / config.optimizer.batch_size),
        network_(MakeNetwork(start)),
        average_(MakeNetwork(start)),
        best_(MakeNetwork(start)),
        optimizer_(network_->parameters(),
                   torch::optim::AdamWOptions(config.optimizer.learning_rate)
                       .weight_decay(config.optimizer.weight_decay)) {
    if (start) Average(network_, start, 0);
    Average(average_, network_, 0);
  }

  Result<void> Resume() {
    RunTensors tensors = Tensors();
    auto state = LoadCheckpoint(checkpoint_, tensors);
    if (!state) return Fail(state);
    state_ = std::move(*state);
    return {};
  }

  Result<TrainOutcome> Go() {
    bool stopped_early = false;
    while (state_.epoch < config_.optimizer.epochs && !stopped_early) {
      if (auto done = Epoch(); !done) return Fail(done);
      stopped_early = state_.epoch - state_.best_epoch >= config_.optimizer.patience &&
                      state_.epoch < config_.optimizer.epochs;
    }
    const bool last = config_.optimizer.keep == "last";
    Network& kept = last ? average_ : best_;
    kept->to(torch::kCPU);
    kept->eval();
    return TrainOutcome{kept, state_.history, last ? state_.epoch : state_.best_epoch,
                        stopped_early};
  }

 private:
  Network MakeNetwork(const Network& start) {
    Network network(start ? start->shape
                          : NetworkShape{config_.network, config_.features.mel_bands,
                                         config_.LearnsMurmurs(), std::nullopt});
    network->to(device_);
    return network;
  }
  RunTensors Tensors() { return {network_, average_, best_, &optimizer_}; }

  std::future<Batch> Prepare(int step) const {
    return std::async(std::launch::async, [this, epoch = state_.epoch, step] {
      return MakeBatch(config_, examples_, samplers_, epoch, step);
    });
  }

  // With batch normalisation in training mode, `precision` decides how the products are computed.
  torch::Tensor Forward(const torch::Tensor& windows) {
    if (config_.optimizer.precision == "float32") return network_(windows);
    const BFloat16Scope scope;
    return network_(windows).to(torch::kFloat32);
  }

  torch::Tensor Loss(const torch::Tensor& outputs, const Batch& batch) const {
    const std::int64_t murmurs = batch.murmur_targets.size(0);
    const auto cross_entropy = [&](const torch::Tensor& logits) {
      if (config_.optimizer.cell_variance == 0) {
        return torch::binary_cross_entropy_with_logits(logits + batch.offsets.to(device_),
                                                       batch.targets.to(device_));
      }
      const torch::Tensor losses = torch::binary_cross_entropy_with_logits(
          logits + batch.offsets.to(device_), batch.targets.to(device_), {}, {},
          at::Reduction::None);
      return losses.mean() + config_.optimizer.cell_variance * CellVariance(losses, batch.cells);
    };
    if (murmurs == 0) return cross_entropy(outputs);
    const std::int64_t labelled = batch.targets.size(0);
    const torch::Tensor murmur = outputs.narrow(0, labelled, murmurs).narrow(1, 1, 3);
    return cross_entropy(outputs.narrow(0, 0, labelled).narrow(1, 0, 1)) +
           config_.murmur.weight *
               torch::cross_entropy_loss(murmur + batch.murmur_offsets.to(device_),
                                         batch.murmur_targets.to(device_));
  }

  Result<double> Step(const Batch& batch) {
    const auto total = static_cast<double>(steps_) * config_.optimizer.epochs;
    const double done = static_cast<double>(state_.epoch) * steps_ + state_.step;
    SetLearningRate(optimizer_, OneCycle(config_.optimizer.learning_rate,
                                         config_.optimizer.warmup_fraction, done / total));
    // Dropout draws from libtorch's own generator, whose state no checkpoint keeps: each step
    // begins it anew from its place in the run.
    Random random(static_cast<std::uint64_t>(config_.optimizer.seed),
                  static_cast<std::uint64_t>(state_.epoch),
                  kDropoutStream + static_cast<std::uint64_t>(state_.step));
    torch::manual_seed(random.Index(std::numeric_limits<std::int64_t>::max()));
    network_->train();
    optimizer_.zero_grad();
    const torch::Tensor loss = Loss(Forward(batch.windows.to(device_)), batch);
    const auto value = loss.item<double>();
    if (!std::isfinite(value)) {
      return Fail(ErrorCode::kInternal,
                  "the loss is no longer finite; try a lower optimizer.learning_rate");
    }
    loss.backward();
    torch::nn::utils::clip_grad_norm_(network_->parameters(), config_.optimizer.gradient_clip);
    optimizer_.step();
    // A young average must not hang on to the random start.
    const double decay = std::min(config_.optimizer.average_decay, (1 + done) / (10 + done));
    Average(average_, network_, decay);
    return value;
  }

  Result<void> Epoch() {
    const base::Stopwatch stopwatch;
    const int first_step = state_.step;
    std::future<Batch> next = Prepare(state_.step);
    while (state_.step < steps_) {
      const Batch batch = next.get();
      if (state_.step + 1 < steps_) next = Prepare(state_.step + 1);
      const auto loss = Step(batch);
      if (!loss) return Fail(loss);
      state_.loss_sum += *loss;
      ++state_.step;
      if (observer_.on_step) {
        const double per_step = stopwatch.ElapsedSeconds() / (state_.step - first_step);
        const int left = (config_.optimizer.epochs - state_.epoch) * steps_ - state_.step;
        observer_.on_step({state_.epoch + 1, config_.optimizer.epochs, state_.step, steps_,
                           state_.loss_sum / state_.step, per_step * left});
      }
      if (stop_ && state_.step < steps_) {
        if (auto saved = SaveCheckpoint(checkpoint_, state_, Tensors()); !saved) return saved;
        return Fail(ErrorCode::kCancelled, "stopped; go on with --resume");
      }
    }
    average_->eval();
    EpochRecord record;
    record.epoch = state_.epoch + 1;
    record.learning_rate =
        static_cast<torch::optim::AdamWOptions&>(optimizer_.param_groups()[0].options()).lr();
    record.loss = state_.loss_sum / steps_;
    Judge(average_, config_, examples_, split_, record);
    record.seconds = stopwatch.ElapsedSeconds();
    state_.history.push_back(record);
    // Where the hold-out has one class only, AUROC is undefined and the last epoch counts.
    const bool best = state_.best_epoch == 0 || !(record.holdout_auroc <= state_.best_auroc);
    if (best) {
      state_.best_epoch = record.epoch;
      state_.best_auroc = std::isfinite(record.holdout_auroc) ? record.holdout_auroc : 0;
      Average(best_, average_, 0);
    }
    ++state_.epoch;
    state_.step = 0;
    state_.loss_sum = 0;
    if (auto saved = SaveCheckpoint(checkpoint_, state_, Tensors()); !saved) return saved;
    if (observer_.on_epoch) observer_.on_epoch(record, best);
    if (stop_ && state_.epoch < config_.optimizer.epochs) {
      return Fail(ErrorCode::kCancelled, "stopped; go on with --resume");
    }
    return {};
  }

  const TrainConfig& config_;
  const std::vector<Example>& examples_;
  const Split& split_;
  const std::filesystem::path& checkpoint_;
  const std::atomic<bool>& stop_;
  const TrainObserver& observer_;
  torch::Device device_;
  Samplers samplers_;
  int steps_;
  Network network_;
  Network average_;
  Network best_;
  torch::optim::AdamW optimizer_;
  RunState state_;
};

}  // namespace

std::vector<MeanOutput> MeanOutputs(Network& network, const TrainConfig& config,
                                    const std::vector<Example>& examples,
                                    std::span<const std::size_t> indices) {
  const torch::NoGradGuard no_grad;
  const torch::Device device = network->parameters().front().device();
  const auto hop = static_cast<std::size_t>(config.features.hop_samples);
  const auto window_samples = static_cast<std::size_t>(WindowSamples(config));
  const auto step_samples =
      static_cast<std::size_t>(std::lround(config.window.step_s * config.features.sample_rate_hz));
  struct Window {
    std::size_t owner;
    std::size_t first_frame;
  };
  std::vector<Window> windows;
  std::vector<double> counts(indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    for (const std::size_t start :
         analysis::WindowStarts(examples[indices[i]].samples, window_samples, step_samples, hop)) {
      windows.push_back({i, analysis::FirstFrame(start, hop)});
      ++counts[i];
    }
  }
  std::vector<MeanOutput> sums(indices.size());
  for (std::size_t begin = 0; begin < windows.size(); begin += kScoringBatch) {
    const std::size_t size = std::min<std::size_t>(kScoringBatch, windows.size() - begin);
    torch::Tensor batch = EmptyWindows(config, size);
    for (std::size_t i = 0; i < size; ++i) {
      const Window& window = windows[begin + i];
      CopyWindow(examples[indices[window.owner]], window.first_frame, config.window.feature_scale,
                 WindowFrames(config), WindowOf(batch, i));
    }
    const torch::Tensor outputs = network(batch.to(device)).to(torch::kCPU).contiguous();
    const auto columns = static_cast<std::size_t>(outputs.size(1));
    for (std::size_t i = 0; i < size; ++i) {
      const std::span row(outputs.data_ptr<float>() + i * columns, columns);
      MeanOutput& sum = sums[windows[begin + i].owner];
      sum.logit += row[0];
      for (std::size_t c = 1; c < columns; ++c) sum.murmur.at(c - 1) += row[c];
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    sums[i].logit /= counts[i];
    for (double& logit : sums[i].murmur) logit /= counts[i];
  }
  return sums;
}

std::vector<double> MeanLogits(Network& network, const TrainConfig& config,
                               const std::vector<Example>& examples,
                               std::span<const std::size_t> indices) {
  std::vector<double> logits;
  for (const MeanOutput& output : MeanOutputs(network, config, examples, indices)) {
    logits.push_back(output.logit);
  }
  return logits;
}

Result<TrainOutcome> Train(const TrainConfig& config, const std::vector<Example>& examples,
                           const Split& split, const std::filesystem::path& checkpoint, bool resume,
                           const std::atomic<bool>& stop, const TrainObserver& observer,
                           const Network& start) {
  if (config.optimizer.device == "cuda" && !torch::cuda::is_available()) {
    return Fail(ErrorCode::kInvalidArgument,
                "optimizer.device is cuda, but this libtorch sees no CUDA device; use cpu");
  }
  if (split.learn.empty() || split.holdout.empty()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "too few recordings to learn from and hold some out: at least 5 of a class are needed");
  }
  const auto has_label = [&](std::size_t i) { return examples[i].entry.label.has_value(); };
  if (std::ranges::none_of(split.learn, has_label) ||
      std::ranges::none_of(split.holdout, has_label)) {
    return Fail(ErrorCode::kInvalidArgument,
                "too few normal and abnormal recordings to learn from and hold some out");
  }
  if (config.LearnsMurmurs() && MurmurSampler(examples, split.learn, config.sampling).IsEmpty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "murmur.weight is over 0, but no recording to learn from says of a murmur");
  }
  try {
    torch::manual_seed(static_cast<std::uint64_t>(config.optimizer.seed));
    if (config.optimizer.threads > 0) torch::set_num_threads(config.optimizer.threads);
    Run run(config, examples, split, checkpoint, stop, observer, start);
    if (resume) {
      if (auto resumed = run.Resume(); !resumed) return Fail(resumed);
    }
    return run.Go();
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kInternal, std::string("libtorch failed: ") + error.what());
  }
}

}  // namespace heartbeat::training
