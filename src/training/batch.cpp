#include "training/batch.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "evaluation/murmur_label.h"
#include "training/augment.h"
#include "training/random.h"

namespace heartbeat::training {
namespace {

// The key of the random stream that is not a window's.
constexpr std::uint64_t kMixupStream = 1ULL << 40;

}  // namespace

int WindowSamples(const TrainConfig& config) {
  return static_cast<int>(std::lround(config.window.window_s * config.features.sample_rate_hz));
}

int WindowFrames(const TrainConfig& config) {
  return WindowSamples(config) / config.features.hop_samples;
}

torch::Tensor EmptyWindows(const TrainConfig& config, std::size_t count) {
  return torch::empty(
      {static_cast<std::int64_t>(count), 1, config.features.Rows(), WindowFrames(config)});
}

std::span<float> WindowOf(torch::Tensor& windows, std::size_t i) {
  const auto size = static_cast<std::size_t>(windows.numel() / windows.size(0));
  return {windows.data_ptr<float>() + i * size, size};
}

Batch MakeBatch(const TrainConfig& config, const std::vector<Example>& examples,
                const Samplers& samplers, int epoch, int step) {
  const auto size = static_cast<std::size_t>(config.optimizer.batch_size);
  const auto seed = static_cast<std::uint64_t>(config.optimizer.seed);
  const auto epoch_key = static_cast<std::uint64_t>(epoch);
  const auto step_key = static_cast<std::uint64_t>(step);
  const auto column = static_cast<std::int64_t>(size);
  const std::int64_t murmurs = config.MurmurWindowsOfBatch();
  const std::int64_t labelled = column - murmurs;
  Batch batch{EmptyWindows(config, size),  torch::empty({labelled, 1}),
              torch::zeros({labelled, 1}), {},
              torch::empty({murmurs, 3}),  torch::zeros({murmurs, 3})};
  std::map<std::pair<std::string, bool>, std::size_t> cells;
  const auto smoothing = static_cast<float>(config.optimizer.label_smoothing);
  for (std::size_t i = 0; i < size; ++i) {
    Random random(seed, epoch_key, step_key * size + i);
    const auto row = static_cast<std::int64_t>(i);
    const bool for_murmur = row >= labelled;
    const Example& example =
        examples[for_murmur ? samplers.murmur.Draw(random) : samplers.labelled.Draw(random)];
    DrawAugmentedWindow(example, config.augmentation, config.features.mel_bands,
                        config.window.feature_scale, WindowFrames(config), random,
                        WindowOf(batch.windows, i));
    if (for_murmur) {
      const auto heard = static_cast<std::size_t>(evaluation::MurmurLabel(example.entry).value());
      const auto log_shares = samplers.murmur.LogShares(example.entry.database);
      float* targets = batch.murmur_targets[row - labelled].data_ptr<float>();
      float* offsets = batch.murmur_offsets[row - labelled].data_ptr<float>();
      // Smoothed over the classes that the database has: it says nothing of the others.
      const auto can_be = [&](std::size_t c) { return log_shares.at(c) > MurmurSampler::kNever; };
      const float classes = 0.0F + can_be(0) + can_be(1) + can_be(2);
      for (std::size_t c = 0; c < kMurmurClasses; ++c) {
        targets[c] = (c == heard ? 1 - smoothing : 0.0F) + (can_be(c) ? smoothing / classes : 0.0F);
        offsets[c] = static_cast<float>(config.murmur.logit_adjustment * log_shares.at(c));
      }
      continue;
    }
    const bool abnormal = example.entry.label == evaluation::Label::kAbnormal;
    const float label = abnormal ? 1.0F : 0.0F;
    const auto cell = cells.try_emplace({example.entry.database, abnormal}, cells.size()).first;
    batch.cells.push_back(cell->second);
    batch.targets.data_ptr<float>()[i] = label * (1 - smoothing) + smoothing / 2;
    batch.offsets.data_ptr<float>()[i] = static_cast<float>(
        config.sampling.logit_adjustment * samplers.labelled.LogOdds(example.entry.database));
  }
  if (config.augmentation.mixup_alpha > 0) {
    Random random(seed, epoch_key, kMixupStream + step_key);
    torch::Tensor weight = torch::empty({column, 1});
    for (std::size_t i = 0; i < size; ++i) {
      const double lambda = random.SymmetricBeta(config.augmentation.mixup_alpha);
      weight.data_ptr<float>()[i] = static_cast<float>(std::max(lambda, 1 - lambda));
    }
    // The windows of a task stand in random order already: each is mixed with its neighbour.
    const auto mix = [&weight](const torch::Tensor& rows, std::int64_t first) {
      std::vector<std::int64_t> shape(static_cast<std::size_t>(rows.dim()), 1);
      shape[0] = rows.size(0);
      const torch::Tensor of_row = weight.narrow(0, first, rows.size(0)).view(shape);
      return rows * of_row + rows.roll(1, 0) * (1 - of_row);
    };
    if (murmurs == 0) {
      batch.windows = mix(batch.windows, 0);
    } else {
      batch.windows = torch::cat({mix(batch.windows.narrow(0, 0, labelled), 0),
                                  mix(batch.windows.narrow(0, labelled, murmurs), labelled)});
      batch.murmur_targets = mix(batch.murmur_targets, labelled);
      batch.murmur_offsets = mix(batch.murmur_offsets, labelled);
    }
    batch.targets = mix(batch.targets, 0);
    batch.offsets = mix(batch.offsets, 0);
  }
  return batch;
}

}  // namespace heartbeat::training
