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

  // Whether the network has the murmur output.
  [[nodiscard]] bool LearnsMurmurs() const { return murmur.weight > 0; }
  // The windows of a batch that are drawn for it: at least 1 where there are any, and not all.
  [[nodiscard]] int MurmurWindowsOfBatch() const;
  // kInvalidArgument naming the field and what it may be.
  [[nodiscard]] base::Result<void> Validate() const;
};

// Calls `visit(section, name, field)` for every hyper-parameter, in the order of the file.
template <typename Config, typename Visitor>
void ForEachParameter(Config& c, Visitor&& visit) {
  visit("init", "model", c.init.model);
  visit("data", "folders", c.data.folders);
  visit("data", "split", c.data.split);
  visit("data", "holdout_fraction", c.data.holdout_fraction);
  visit("data", "rows", c.data.rows);
  visit("data", "cache_folder", c.data.cache_folder);
  features::ForEachField(c.features,
                         [&](const char* name, auto& field) { visit("features", name, field); });
  visit("window", "window_s", c.window.window_s);
  visit("window", "step_s", c.window.step_s);
  visit("window", "feature_scale", c.window.feature_scale);
  visit("network", "stem_channels", c.network.stem_channels);
  visit("network", "channels", c.network.channels);
  visit("network", "strides", c.network.strides);
  visit("network", "dropout", c.network.dropout);
  visit("sampling", "windows_per_epoch", c.sampling.windows_per_epoch);
  visit("sampling", "first", c.sampling.first);
  visit("sampling", "logit_adjustment", c.sampling.logit_adjustment);
  visit("sampling", "cell_cap", c.sampling.cell_cap);
  visit("sampling", "cell_power", c.sampling.cell_power);
  visit("murmur", "weight", c.murmur.weight);
  visit("murmur", "share", c.murmur.share);
  visit("murmur", "logit_adjustment", c.murmur.logit_adjustment);
  visit("murmur", "label_weight", c.murmur.label_weight);
  visit("augmentation", "stretch_min", c.augmentation.stretch_min);
  visit("augmentation", "stretch_max", c.augmentation.stretch_max);
  visit("augmentation", "gain_db", c.augmentation.gain_db);
  visit("augmentation", "equalizer_step_db", c.augmentation.equalizer_step_db);
  visit("augmentation", "noise_probability", c.augmentation.noise_probability);
  visit("augmentation", "noise_min_db", c.augmentation.noise_min_db);
  visit("augmentation", "noise_max_db", c.augmentation.noise_max_db);
  visit("augmentation", "band_shift", c.augmentation.band_shift);
  visit("augmentation", "time_masks", c.augmentation.time_masks);
  visit("augmentation", "time_mask_frames", c.augmentation.time_mask_frames);
  visit("augmentation", "band_masks", c.augmentation.band_masks);
  visit("augmentation", "band_mask_bands", c.augmentation.band_mask_bands);
  visit("augmentation", "mixup_alpha", c.augmentation.mixup_alpha);
  visit("optimizer", "epochs", c.optimizer.epochs);
  visit("optimizer", "batch_size", c.optimizer.batch_size);
  visit("optimizer", "learning_rate", c.optimizer.learning_rate);
  visit("optimizer", "warmup_fraction", c.optimizer.warmup_fraction);
  visit("optimizer", "weight_decay", c.optimizer.weight_decay);
  visit("optimizer", "label_smoothing", c.optimizer.label_smoothing);
  visit("optimizer", "cell_variance", c.optimizer.cell_variance);
  visit("optimizer", "gradient_clip", c.optimizer.gradient_clip);
  visit("optimizer", "average_decay", c.optimizer.average_decay);
  visit("optimizer", "patience", c.optimizer.patience);
  visit("optimizer", "keep", c.optimizer.keep);
  visit("optimizer", "seed", c.optimizer.seed);
  visit("optimizer", "threads", c.optimizer.threads);
  visit("optimizer", "device", c.optimizer.device);
  visit("optimizer", "precision", c.optimizer.precision);
  visit("output", "folder", c.output.folder);
  visit("output", "name", c.output.name);
  visit("output", "version", c.output.version);
  visit("output", "license", c.output.license);
}

// Overlays the parameters that a TOML text names. Errors: kInvalidArgument with the line (a syntax
// error, an unknown section or name, a value of the wrong type).
[[nodiscard]] base::Result<void> ApplyToml(std::string_view toml, TrainConfig& config);

// Every parameter as TOML that ApplyToml reads back.
[[nodiscard]] std::string ToToml(const TrainConfig& config);

}  // namespace heartbeat::training
