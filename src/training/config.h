#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "features/log_mel.h"
#include "features/log_mel_fields.h"

namespace heartbeat::training {

// Every hyper-parameter of a training run with its default. Each can be set in the TOML file as
// `section.name` and on the command line as `--section.name`.
struct InitConfig {
  // An ONNX file that heartbeat train wrote, to go on from: its weights are where the run begins,
  // and its front end, windows and network replace those of [features], [window] and [network]
  // (but for the dropout). Empty: random weights.
  std::string model;
};

struct DataConfig {
  std::vector<std::string> folders;  // datasets (evaluation::ReadDataset)
  std::string split = "train";       // rows of a manifest to learn from; rows without a split count
  double holdout_fraction =
      0.1;           // of each database x class, for early stopping; never learned from
  std::string rows;  // a CSV file: only its database x record (ReadTrainingRows); empty: all
  std::string cache_folder;  // computed features; empty: inside the output folder
};

struct WindowConfig {
  double window_s = 5.0;
  double step_s = 5.0;         // between windows when scoring
  double feature_scale = 0.1;  // decibels are multiplied by this
};

struct NetworkConfig {
  int stem_channels = 16;
  std::vector<int> channels = {32, 64, 64, 96, 96, 160, 160};  // of each depthwise-separable block
  std::vector<int> strides = {2, 1, 1, 2, 1, 2, 1};            // of each block, in mel and frame
  double dropout = 0.3;                                        // before the last layer

  // The bands, and the frames, from one row or column of the last map to the next.
  [[nodiscard]] int TotalStride() const;
};

struct SamplingConfig {
  int windows_per_epoch = 5000;
  // What is drawn first: "database", then its classes equally often, so that knowing the database
  // tells nothing of the class; or "class", each equally often, then one of its databases.
  std::string first = "class";
  // This many times the log odds of abnormal among the draws from a window's database are added to
  // its logit, in the loss alone, so that the network itself need not learn them (logit adjustment:
  // Menon et al., ICLR 2021). Nothing where both classes of each database are drawn equally often.
  double logit_adjustment = 0;
  int cell_cap = 400;  // a database x class weighs min(recordings, cell_cap)^cell_power
  double cell_power = 0.5;
};

// A second output of the network: whether a murmur is heard (evaluation::Murmur), from the same
// trunk. Learned from the recordings that have a murmur label, whether or not they have a label.
struct MurmurConfig {
  // Of its cross-entropy, beside that of normal and abnormal; 0: no such output, and recordings
  // without a label are left out.
  double weight = 0;
  double share = 0.3;  // of each batch's windows, which are drawn from recordings with a murmur
                       // label and count for this output alone
  // This many times the logarithm of a class's share of the draws from a window's database is added
  // to its logit, in the loss alone (as sampling.logit_adjustment). At 1 the output is what is
  // heard where each class is as frequent as the others.
  double logit_adjustment = 1;
  // Over 0, recordings that have no label but a murmur label are learned from as abnormal where the
  // murmur is heard and as normal where the patient has none; their cells weigh this many times
  // what sampling says. 0: they say nothing of normal and abnormal.
  double label_weight = 0;
};

struct AugmentationConfig {
  double stretch_min = 0.85;  // source frames per frame
  double stretch_max = 1.18;
  double gain_db = 2;               // uniform in +-gain_db
  double equalizer_step_db = 0.25;  // standard deviation of a random walk over the bands
  double noise_probability = 0.4;   // of a noise floor
  double noise_min_db = -20;        // its level relative to each band's median
  double noise_max_db = 0;
  int band_shift = 6;         // up to this many bands up or down
  int time_masks = 2;         // SpecAugment
  int time_mask_frames = 40;  // longest
  int band_masks = 2;
  int band_mask_bands = 16;  // widest
  double mixup_alpha = 0.3;  // of the beta distribution; 0: no mixup
};

struct OptimizerConfig {
  int epochs = 24;
  int batch_size = 32;
  double learning_rate = 6e-3;   // the top of the one-cycle schedule
  double warmup_fraction = 0.3;  // of all steps
  double weight_decay = 0.02;
  double label_smoothing = 0.03;
  // Of the variance, added to the loss, of the mean losses of a batch's cells, a database x class
  // each with two windows or more: what is right everywhere is preferred to what is very right in
  // one hospital (V-REx: Krueger et al., ICML 2021).
  double cell_variance = 0;
  double gradient_clip = 1.0;    // of the gradient's norm
  double average_decay = 0.998;  // exponential moving average of the weights, which is what ships
  int patience = 24;             // epochs without a better hold-out AUROC before it stops
  // Whose weights become the model: those of the epoch with the "best" hold-out AUROC, or of the
  // "last". A small hold-out picks by luck, and one cycle ends where it is meant to.
  std::string keep = "best";
  std::int64_t seed = 1;
  int threads = 0;             // 0: one per core
  std::string device = "cpu";  // "cpu" or "cuda"
  // Of the network's products while training: "float32", or "bfloat16", which is faster on a CPU
  // that computes with it (AVX512-BF16); sums and weights stay float32.
  std::string precision = "float32";
};

struct OutputConfig {
  std::string folder = "runs/heartbeat";
  std::string name = "heartbeat";
  std::string version = "0.1.0";
  std::string license = "Apache-2.0";
};

// A second network, which hears some of the bands of the first as band_standard makes them
// (features::SecondView). It is trained after the first, by itself and on the same datasets; the
// model is both together (join.h).
struct SecondConfig {
  // The first network adds at most this to the logit of the second, or takes at most this from it.
  // 0: there is no second network, and what follows says nothing.
  double limit = 0;
  features::LogMelConfig features;
  NetworkConfig network;
  SamplingConfig sampling;
  MurmurConfig murmur;
  AugmentationConfig augmentation;
  OptimizerConfig optimizer;  // but for threads and device, which are those of the first
};

struct TrainConfig {
  InitConfig init;
  DataConfig data;
  features::LogMelConfig features;
  WindowConfig window;
  NetworkConfig network;
  SamplingConfig sampling;
  MurmurConfig murmur;
  AugmentationConfig augmentation;
  OptimizerConfig optimizer;
  OutputConfig output;
  SecondConfig second;

  // Whether the network has the murmur output.
  [[nodiscard]] bool LearnsMurmurs() const { return murmur.weight > 0; }
  // The trainings of a recipe with a second network: each is a recipe of one.
  [[nodiscard]] TrainConfig FirstAlone() const;
  [[nodiscard]] TrainConfig SecondAlone() const;
  // The windows of a batch that are drawn for it: at least 1 where there are any, and not all.
  [[nodiscard]] int MurmurWindowsOfBatch() const;
  // kInvalidArgument naming the field and what it may be.
  [[nodiscard]] base::Result<void> Validate() const;
};

// Calls `visit(section, name, field)` for every hyper-parameter of one network, in the order of the
// file; its sections begin with `prefix`.
template <typename Config, typename Visitor>
void ForEachNetworkParameter(const std::string& prefix, Config& c, Visitor&& visit) {
  const auto section = [&](const char* name) { return prefix + name; };
  features::ForEachField(
      c.features, [&](const char* name, auto& field) { visit(section("features"), name, field); });
  visit(section("network"), "stem_channels", c.network.stem_channels);
  visit(section("network"), "channels", c.network.channels);
  visit(section("network"), "strides", c.network.strides);
  visit(section("network"), "dropout", c.network.dropout);
  visit(section("sampling"), "windows_per_epoch", c.sampling.windows_per_epoch);
  visit(section("sampling"), "first", c.sampling.first);
  visit(section("sampling"), "logit_adjustment", c.sampling.logit_adjustment);
  visit(section("sampling"), "cell_cap", c.sampling.cell_cap);
  visit(section("sampling"), "cell_power", c.sampling.cell_power);
  visit(section("murmur"), "weight", c.murmur.weight);
  visit(section("murmur"), "share", c.murmur.share);
  visit(section("murmur"), "logit_adjustment", c.murmur.logit_adjustment);
  visit(section("murmur"), "label_weight", c.murmur.label_weight);
  visit(section("augmentation"), "stretch_min", c.augmentation.stretch_min);
  visit(section("augmentation"), "stretch_max", c.augmentation.stretch_max);
  visit(section("augmentation"), "gain_db", c.augmentation.gain_db);
  visit(section("augmentation"), "equalizer_step_db", c.augmentation.equalizer_step_db);
  visit(section("augmentation"), "noise_probability", c.augmentation.noise_probability);
  visit(section("augmentation"), "noise_min_db", c.augmentation.noise_min_db);
  visit(section("augmentation"), "noise_max_db", c.augmentation.noise_max_db);
  visit(section("augmentation"), "band_shift", c.augmentation.band_shift);
  visit(section("augmentation"), "time_masks", c.augmentation.time_masks);
  visit(section("augmentation"), "time_mask_frames", c.augmentation.time_mask_frames);
  visit(section("augmentation"), "band_masks", c.augmentation.band_masks);
  visit(section("augmentation"), "band_mask_bands", c.augmentation.band_mask_bands);
  visit(section("augmentation"), "mixup_alpha", c.augmentation.mixup_alpha);
  visit(section("optimizer"), "epochs", c.optimizer.epochs);
  visit(section("optimizer"), "batch_size", c.optimizer.batch_size);
  visit(section("optimizer"), "learning_rate", c.optimizer.learning_rate);
  visit(section("optimizer"), "warmup_fraction", c.optimizer.warmup_fraction);
  visit(section("optimizer"), "weight_decay", c.optimizer.weight_decay);
  visit(section("optimizer"), "label_smoothing", c.optimizer.label_smoothing);
  visit(section("optimizer"), "cell_variance", c.optimizer.cell_variance);
  visit(section("optimizer"), "gradient_clip", c.optimizer.gradient_clip);
  visit(section("optimizer"), "average_decay", c.optimizer.average_decay);
  visit(section("optimizer"), "patience", c.optimizer.patience);
  visit(section("optimizer"), "keep", c.optimizer.keep);
  visit(section("optimizer"), "seed", c.optimizer.seed);
  visit(section("optimizer"), "precision", c.optimizer.precision);
}

// Calls `visit(section, name, field)` for every hyper-parameter, in the order of the file.
// `section` is a std::string: "network", or "second.network".
template <typename Config, typename Visitor>
void ForEachParameter(Config& c, Visitor&& visit) {
  const auto section = [](const char* name) { return std::string(name); };
  visit(section("init"), "model", c.init.model);
  visit(section("data"), "folders", c.data.folders);
  visit(section("data"), "split", c.data.split);
  visit(section("data"), "holdout_fraction", c.data.holdout_fraction);
  visit(section("data"), "rows", c.data.rows);
  visit(section("data"), "cache_folder", c.data.cache_folder);
  visit(section("window"), "window_s", c.window.window_s);
  visit(section("window"), "step_s", c.window.step_s);
  visit(section("window"), "feature_scale", c.window.feature_scale);
  ForEachNetworkParameter("", c, visit);
  visit(section("optimizer"), "threads", c.optimizer.threads);
  visit(section("optimizer"), "device", c.optimizer.device);
  visit(section("output"), "folder", c.output.folder);
  visit(section("output"), "name", c.output.name);
  visit(section("output"), "version", c.output.version);
  visit(section("output"), "license", c.output.license);
  visit(section("second"), "limit", c.second.limit);
  ForEachNetworkParameter("second.", c.second, visit);
}

// Overlays the parameters that a TOML text names. Errors: kInvalidArgument with the line (a syntax
// error, an unknown section or name, a value of the wrong type).
[[nodiscard]] base::Result<void> ApplyToml(std::string_view toml, TrainConfig& config);

// Every parameter as TOML that ApplyToml reads back; those of a second network where there is one.
[[nodiscard]] std::string ToToml(const TrainConfig& config);

}  // namespace heartbeat::training
