#pragma once

#include <optional>
#include <string>
#include <vector>

#include "training/config.h"
#include "training/feature_cache.h"
#include "training/random.h"

namespace heartbeat::training {

// A configuration small enough to train in a test, for the spectrograms below: 16 bands, windows of
// 30 frames.
inline TrainConfig TinyConfig() {
  TrainConfig config;
  config.data.folders = {"unused"};
  config.features.mel_bands = 16;
  config.features.hop_samples = 160;
  config.window.window_s = 1.2;
  config.window.step_s = 1.2;
  config.network.stem_channels = 4;
  config.network.channels = {8, 8};
  config.network.strides = {2, 1};
  config.network.dropout = 0;
  config.sampling.windows_per_epoch = 128;
  config.augmentation.band_shift = 1;
  config.augmentation.time_mask_frames = 4;
  config.augmentation.band_mask_bands = 2;
  config.optimizer.epochs = 4;
  config.optimizer.batch_size = 16;
  config.optimizer.threads = 1;
  return config;
}

// Spectrograms of made-up numbers for tests of sampling and learning (hearing is tested on real
// recordings, in test_train.py): noise of 3 dB about the band's median, and in abnormal ones 12 dB
// more in the upper half of the bands in every tenth frame.
inline std::vector<Example> MakeExamples(const TrainConfig& config, int per_cell) {
  constexpr int kFrames = 70;
  std::vector<Example> examples;
  for (const char* database : {"one", "two"}) {
    for (const auto label : {evaluation::Label::kNormal, evaluation::Label::kAbnormal}) {
      for (int i = 0; i < per_cell; ++i) {
        Random random(7, examples.size(), 0);
        Example example;
        example.entry.database = database;
        example.entry.record = std::to_string(examples.size());
        example.entry.label = label;
        example.frames = kFrames;
        example.samples = static_cast<std::size_t>(kFrames - 1) *
                          static_cast<std::size_t>(config.features.hop_samples);
        for (int mel = 0; mel < config.features.mel_bands; ++mel) {
          for (int frame = 0; frame < kFrames; ++frame) {
            const bool murmur = label == evaluation::Label::kAbnormal && frame % 10 == 0 &&
                                mel >= config.features.mel_bands / 2;
            example.centibels.push_back(
                static_cast<std::int16_t>(300 * random.Normal() + (murmur ? 1200 : 0)));
          }
        }
        examples.push_back(std::move(example));
      }
    }
  }
  return examples;
}

// Of MakeExamples, a second dataset for the murmur output alone: its recordings have no label.
// Those with a murmur have 12 dB more in the lower half of the bands in every tenth frame, and
// those that nobody can tell 12 dB less.
inline void AddMurmurExamples(const TrainConfig& config, int per_class,
                              std::vector<Example>& examples) {
  for (const auto murmur :
       {evaluation::Murmur::kPresent, evaluation::Murmur::kUnknown, evaluation::Murmur::kAbsent}) {
    for (int i = 0; i < per_class; ++i) {
      Example example = MakeExamples(config, 1)[0];
      Random random(11, examples.size(), 0);
      const int step = murmur == evaluation::Murmur::kPresent   ? 1200
                       : murmur == evaluation::Murmur::kUnknown ? -1200
                                                                : 0;
      for (std::size_t j = 0; j < example.centibels.size(); ++j) {
        const auto frames = static_cast<std::size_t>(example.frames);
        const auto mel = static_cast<int>(j / frames);
        const bool heard = mel < config.features.mel_bands / 2 && j % frames % 10 == 0;
        example.centibels[j] =
            static_cast<std::int16_t>(300 * random.Normal() + (heard ? step : 0));
      }
      example.entry.database = "murmurs";
      example.entry.record = std::to_string(examples.size());
      example.entry.patient = std::to_string(examples.size() / 2);
      example.entry.label = std::nullopt;
      example.entry.murmur_at_location = murmur;
      examples.push_back(std::move(example));
    }
  }
}

}  // namespace heartbeat::training
