#include "training/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>
#include <type_traits>

namespace heartbeat::training {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

template <typename T>
bool Assign(const toml::node& node, T& field) {
  if constexpr (std::is_enum_v<T>) {
    const auto text = node.value<std::string>();
    return text && features::ParseEnum(*text, field);
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto text = node.value_exact<std::string>();
    if (text) field = *text;
    return text.has_value();
  } else if constexpr (std::is_floating_point_v<T>) {
    // 5 is a good 5.0, "5" is not.
    if (!node.is_number()) return false;
    field = *node.value<double>();
    return true;
  } else if constexpr (std::is_integral_v<T>) {
    const auto number = node.value_exact<std::int64_t>();
    if (!number || !std::in_range<T>(*number)) return false;
    field = static_cast<T>(*number);
    return true;
  } else {
    const toml::array* array = node.as_array();
    if (array == nullptr) return false;
    T values;
    for (const toml::node& element : *array) {
      if (!Assign(element, values.emplace_back())) return false;
    }
    field = std::move(values);
    return true;
  }
}

template <typename T>
void Insert(toml::table& table, const char* name, const T& field) {
  if constexpr (std::is_enum_v<T>) {
    table.insert(name, std::string(features::EnumName(field)));
  } else if constexpr (std::is_same_v<T, std::vector<int>> ||
                       std::is_same_v<T, std::vector<std::string>>) {
    toml::array array;
    for (const auto& value : field) array.push_back(value);
    table.insert(name, std::move(array));
  } else {
    table.insert(name, field);
  }
}

std::unexpected<base::Error> FailAt(const toml::node& node, const std::string& message) {
  return Fail(ErrorCode::kInvalidArgument,
              "line " + std::to_string(node.source().begin.line) + ": " + message);
}

Result<void> RefuseUnknown(const toml::table& table, const std::string& prefix,
                           const std::set<std::string>& known) {
  for (const auto& [name, value] : table) {
    const std::string path = prefix + std::string(name.str());
    if (const toml::table* inner = value.as_table()) {
      if (auto good = RefuseUnknown(*inner, path + ".", known); !good) return good;
    } else if (!known.contains(path)) {
      return FailAt(value, "there is no parameter \"" + path + "\"");
    }
  }
  return {};
}

// The first entry of the file that is no parameter.
Result<void> RefuseUnknown(const toml::table& file) {
  std::set<std::string> known;
  const TrainConfig config;
  ForEachParameter(config, [&](const std::string& section, const char* name, const auto&) {
    known.insert(section + "." + name);
  });
  for (const auto& [section, node] : file) {
    if (!node.is_table()) {
      return FailAt(node, "\"" + std::string(section.str()) + "\" stands outside a section");
    }
  }
  return RefuseUnknown(file, "", known);
}

struct Check {
  bool good;
  const char* message;
};

}  // namespace

int NetworkConfig::TotalStride() const {
  int total = 2;  // the stem's
  for (const int stride : strides) total *= stride;
  return total;
}

int TrainConfig::MurmurWindowsOfBatch() const {
  if (!LearnsMurmurs()) return 0;
  const auto windows = static_cast<int>(std::lround(murmur.share * optimizer.batch_size));
  return std::clamp(windows, 1, optimizer.batch_size - 1);
}

TrainConfig TrainConfig::FirstAlone() const {
  TrainConfig first = *this;
  first.second = {};
  return first;
}

TrainConfig TrainConfig::SecondAlone() const {
  TrainConfig alone = FirstAlone();
  alone.features = second.features;
  alone.network = second.network;
  alone.sampling = second.sampling;
  alone.murmur = second.murmur;
  alone.augmentation = second.augmentation;
  alone.optimizer = second.optimizer;
  alone.optimizer.threads = optimizer.threads;
  alone.optimizer.device = optimizer.device;
  return alone;
}

Result<void> TrainConfig::Validate() const {
  if (second.limit != 0) {
    if (!(second.limit > 0 && second.limit <= 1000)) {
      return Fail(ErrorCode::kInvalidArgument, "second.limit must be 0 to 1000");
    }
    if (murmur.weight > 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  "with a second network it is that which hears murmurs: second.murmur.weight");
    }
    if (auto valid = FirstAlone().Validate(); !valid) return valid;
    if (auto valid = SecondAlone().Validate(); !valid) {
      return Fail(valid.error().code, "of the second network, " + valid.error().message);
    }
    return {};
  }
  if (auto valid = features.Validate(); !valid) return valid;
  const auto& a = augmentation;
  const auto& o = optimizer;
  bool positive_blocks = true;
  for (const int c : network.channels) positive_blocks = positive_blocks && c > 0;
  for (const int s : network.strides) positive_blocks = positive_blocks && (s == 1 || s == 2);
  const Check checks[] = {
      {!data.folders.empty(), "data.folders names no dataset"},
      {data.holdout_fraction > 0 && data.holdout_fraction <= 0.5,
       "data.holdout_fraction must be over 0 and at most 0.5"},
      {data.split != "validation" && data.split != "test",
       "data.split must not be validation or test: these are for judging only"},
      {window.window_s >= 1 && window.window_s <= 60, "window.window_s must be 1-60 s"},
      {window.step_s >= 0.1 && window.step_s <= window.window_s,
       "window.step_s must be 0.1 s to window.window_s"},
      {window.feature_scale > 0, "window.feature_scale must be positive"},
      {network.stem_channels > 0 && positive_blocks,
       "network.stem_channels and network.channels must be positive, network.strides 1 or 2"},
      {!network.channels.empty() && network.channels.size() == network.strides.size(),
       "network.channels and network.strides must have the same length, at least 1"},
      {network.dropout >= 0 && network.dropout < 1, "network.dropout must be 0 to under 1"},
      {sampling.windows_per_epoch >= o.batch_size,
       "sampling.windows_per_epoch must be at least optimizer.batch_size"},
      {sampling.first == "database" || sampling.first == "class",
       "sampling.first must be database or class"},
      {sampling.logit_adjustment >= 0 && sampling.logit_adjustment <= 2,
       "sampling.logit_adjustment must be 0 to 2"},
      {sampling.cell_cap > 0, "sampling.cell_cap must be positive"},
      {sampling.cell_power >= 0 && sampling.cell_power <= 1, "sampling.cell_power must be 0 to 1"},
      {murmur.weight >= 0 && murmur.weight <= 100, "murmur.weight must be 0 to 100"},
      {murmur.share > 0 && murmur.share < 1, "murmur.share must be between 0 and 1"},
      {murmur.logit_adjustment >= 0 && murmur.logit_adjustment <= 2,
       "murmur.logit_adjustment must be 0 to 2"},
      {murmur.label_weight >= 0 && murmur.label_weight <= 100,
       "murmur.label_weight must be 0 to 100"},
      {murmur.label_weight == 0 || murmur.weight > 0,
       "murmur.label_weight needs a murmur.weight over 0"},
      {a.stretch_min > 0.25 && a.stretch_min <= a.stretch_max && a.stretch_max < 4,
       "augmentation.stretch_min and stretch_max must be 0.25-4, in order"},
      {a.gain_db >= 0 && a.equalizer_step_db >= 0, "augmentation levels must not be negative"},
      {a.noise_probability >= 0 && a.noise_probability <= 1,
       "augmentation.noise_probability must be 0 to 1"},
      {a.noise_min_db <= a.noise_max_db, "augmentation.noise_min_db exceeds noise_max_db"},
      {a.band_shift >= 0 && a.band_shift < features.mel_bands,
       "augmentation.band_shift must be 0 to under features.mel_bands"},
      {a.time_masks >= 0 && a.band_masks >= 0 && a.time_mask_frames >= 0 &&
           a.band_mask_bands >= 0 && a.band_mask_bands <= features.mel_bands,
       "augmentation masks must not be negative or wider than the spectrogram"},
      {a.mixup_alpha >= 0, "augmentation.mixup_alpha must not be negative"},
      {o.keep == "best" || o.keep == "last", "optimizer.keep must be best or last"},
      {o.epochs > 0 && o.batch_size > 1, "optimizer.epochs must be positive, batch_size over 1"},
      {o.learning_rate > 0 && o.weight_decay >= 0 && o.gradient_clip > 0,
       "optimizer.learning_rate and gradient_clip must be positive, weight_decay not negative"},
      {o.warmup_fraction > 0 && o.warmup_fraction < 1,
       "optimizer.warmup_fraction must be between 0 and 1"},
      {o.label_smoothing >= 0 && o.label_smoothing < 1,
       "optimizer.label_smoothing must be 0 to under 1"},
      {o.average_decay >= 0 && o.average_decay < 1, "optimizer.average_decay must be 0 to under 1"},
      {o.patience > 0 && o.threads >= 0,
       "optimizer.patience must be positive, threads not negative"},
      {o.device == "cpu" || o.device == "cuda", "optimizer.device must be cpu or cuda"},
      {o.cell_variance >= 0 && o.cell_variance <= 100, "optimizer.cell_variance must be 0 to 100"},
      {o.precision == "float32" || (o.precision == "bfloat16" && o.device == "cpu"),
       "optimizer.precision must be float32, or on the cpu bfloat16"},
      {!output.folder.empty() && !output.name.empty(), "output.folder and output.name are needed"},
  };
  for (const Check& check : checks) {
    if (!check.good) return Fail(ErrorCode::kInvalidArgument, check.message);
  }
  return {};
}

Result<void> ApplyToml(std::string_view text, TrainConfig& config) {
  toml::table file;
  try {
    file = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return Fail(ErrorCode::kInvalidArgument, "line " + std::to_string(error.source().begin.line) +
                                                 ": " + std::string(error.description()));
  }
  if (auto known = RefuseUnknown(file); !known) return known;
  Result<void> result;
  ForEachParameter(config, [&](const std::string& section, const char* name, auto& field) {
    if (!result) return;
    const toml::node* node = file.at_path(section + "." + name).node();
    if (node != nullptr && !Assign(*node, field)) {
      result = FailAt(*node, section + "." + name + " has a value of the wrong kind");
    }
  });
  return result;
}

std::string ToToml(const TrainConfig& config) {
  toml::table file;
  const auto table_of = [&](std::string_view section) -> toml::table& {
    toml::table* table = &file;
    while (!section.empty()) {
      const std::string_view name = section.substr(0, section.find('.'));
      section.remove_prefix(std::min(section.size(), name.size() + 1));
      table = table->insert(name, toml::table()).first->second.as_table();
    }
    return *table;
  };
  ForEachParameter(config, [&](const std::string& section, const char* name, const auto& field) {
    if (section.starts_with("second") && config.second.limit == 0) return;
    Insert(table_of(section), name, field);
  });
  std::ostringstream text;
  text << file << "\n";
  return text.str();
}

}  // namespace heartbeat::training
