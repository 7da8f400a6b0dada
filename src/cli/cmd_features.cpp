#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "audio/decode.h"
#include "base/file.h"
#include "base/terminal.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/paths.h"
#include "cli/picture.h"
#include "cli/text.h"
#include "features/log_mel.h"
#include "features/log_mel_fields.h"
#include "features/npy.h"

namespace heartbeat::cli {
namespace {

using features::LogMelConfig;
using features::Spectrogram;
using nlohmann::json;

struct FeaturesOptions {
  std::string file;
  bool original = false;
  bool as_json = false;
  std::string npy;
  LogMelConfig given;                 // a field counts where its option was given
  std::vector<CLI::Option*> options;  // one a field, in the order of ForEachField
};

std::string OptionName(std::string_view field) {
  std::string name = "--" + std::string(field);
  std::ranges::replace(name, '_', '-');
  return name;
}

// One option for each parameter of the front end, under the name it has in a model's metadata.
void AddFields(CLI::App& verb, FeaturesOptions& options) {
  features::ForEachField(options.given, [&](std::string_view field, auto& value) {
    using Field = std::remove_reference_t<decltype(value)>;
    CLI::Option* option = nullptr;
    if constexpr (std::is_enum_v<Field>) {
      std::vector<std::string> names;
      std::string choice;
      for (const auto& [name, unused] : features::EnumNames<Field>::kValues) {
        names.emplace_back(name);
        choice.append(choice.empty() ? "" : "|").append(name);
      }
      option = verb.add_option_function<std::string>(
          OptionName(field),
          [&value](const std::string& text) { static_cast<void>(ParseEnum(text, value)); });
      option->check(CLI::IsMember(names).description(""))
          ->type_name(choice)
          ->default_str(std::string(features::EnumName(value)));
    } else {
      option = verb.add_option(OptionName(field), value)
                   ->type_name(std::is_integral_v<Field> ? "N" : "X")
                   ->capture_default_str();
    }
    option->group("Front end (defaults of --preset default)");
    options.options.push_back(option);
  });
}

// The preset with what was given in place of its own.
LogMelConfig Config(const FeaturesOptions& options) {
  LogMelConfig config = options.original ? LogMelConfig::Original() : LogMelConfig();
  std::size_t index = 0;
  features::ForEachField(options.given, [&](std::string_view given_name, const auto& given) {
    if (options.options[index++]->count() == 0) return;
    features::ForEachField(config, [&](std::string_view name, auto& value) {
      using Field = std::remove_reference_t<decltype(value)>;
      if constexpr (std::is_same_v<Field, std::remove_cvref_t<decltype(given)>>) {
        if (name == given_name) value = given;
      }
    });
  });
  return config;
}

struct Summary {
  double min_db = 0;
  double max_db = 0;
  double mean_db = 0;
};

Summary Summarize(const Spectrogram& spectrogram) {
  const auto [low, high] = std::ranges::minmax(spectrogram.values);
  double sum = 0;
  for (const float value : spectrogram.values) sum += value;
  return {low, high, sum / static_cast<double>(spectrogram.values.size())};
}

double FramesPerSecond(const LogMelConfig& config) {
  return static_cast<double>(config.sample_rate_hz) / config.hop_samples;
}

std::string ToText(const std::string& file, const audio::SourceInfo& source, double duration_s,
                   const LogMelConfig& config, const Spectrogram& spectrogram) {
  const Summary summary = Summarize(spectrogram);
  std::string text =
      Printable(file) + ": " + source.format + ", " + std::to_string(source.sample_rate_hz) +
      " Hz, " + std::to_string(source.channels) +
      (source.channels == 1 ? " channel, " : " channels, ") + Fixed(duration_s, 3) + " s\n";
  text += "log-mel spectrogram: " + std::to_string(spectrogram.mel_bands) + " bands x " +
          std::to_string(spectrogram.frames) + " frames, " + Fixed(FramesPerSecond(config), 3) +
          " frames a second, " + Fixed(config.min_hz, 0) + " to " + Fixed(config.max_hz, 0) +
          " Hz\n";
  text += "decibels: min " + Fixed(summary.min_db, 2) + ", max " + Fixed(summary.max_db, 2) +
          ", mean " + Fixed(summary.mean_db, 2) + "\n\n";
  constexpr std::size_t kRows = 16;
  return text + Picture(spectrogram, kRows, base::TerminalColumns(STDOUT_FILENO) - 1);
}

// The whole object goes out band by band: a long recording's numbers would take many times their
// memory as JSON values.
base::Result<void> WriteJson(const std::string& file, const audio::SourceInfo& source,
                             double duration_s, const LogMelConfig& config,
                             const Spectrogram& spectrogram) {
  json fields = json::object();
  features::ForEachField(config, [&](std::string_view name, const auto& value) {
    if constexpr (std::is_enum_v<std::remove_cvref_t<decltype(value)>>) {
      fields[std::string(name)] = features::EnumName(value);
    } else {
      fields[std::string(name)] = value;
    }
  });
  const Summary summary = Summarize(spectrogram);
  const json head = {{"file_name", file},
                     {"recording",
                      {{"duration_s", duration_s},
                       {"sample_rate_hz", source.sample_rate_hz},
                       {"channels", source.channels},
                       {"format", source.format},
                       {"truncated", source.truncated}}},
                     {"config", fields},
                     {"shape", {spectrogram.mel_bands, spectrogram.frames}},
                     {"frames_per_second", FramesPerSecond(config)},
                     {"mel_centers_hz", features::MelCentersHz(config)},
                     {"min_db", summary.min_db},
                     {"max_db", summary.max_db},
                     {"mean_db", summary.mean_db}};
  std::string text = head.dump(-1, ' ', false, json::error_handler_t::replace);
  text.back() = ',';
  text += "\n\"values\":[";
  for (int mel = 0; mel < spectrogram.mel_bands; ++mel) {
    text += mel == 0 ? "\n[" : ",\n[";
    for (const float value : spectrogram.Band(mel)) {
      std::array<char, 32> digits;  // the shortest that gives this float back takes at most 16
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
      if (text.back() != '[') text += ',';
      text.append(digits.data(), end);
    }
    text += ']';
    const auto written = WriteResult(text);
    if (!written) return written;
    text.clear();
  }
  return WriteResult("\n]}\n");
}

base::Result<void> WriteNpy(const std::string& path, const Spectrogram& spectrogram) {
  const auto bytes = features::ToNpy(spectrogram);
  if (path == kStandardInput) {
    return WriteResult({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  const auto written = base::WriteFileAtomically(path, bytes);
  if (written) {
    Say("wrote " + std::to_string(spectrogram.mel_bands) + " bands x " +
        std::to_string(spectrogram.frames) + " frames to " + path);
  }
  return written;
}

int Features(const FeaturesOptions& options) {
  const LogMelConfig config = Config(options);
  const auto front_end = features::LogMel::Create(config);
  if (!front_end) return Report(front_end.error());
  const audio::DecodeLimits limits;
  const auto bytes = ReadInput(options.file, limits.max_file_bytes);
  if (!bytes) return Report(bytes.error());
  auto decoded = audio::Decode(*bytes, limits, config.sample_rate_hz);
  if (!decoded)
    return Report({decoded.error().code, options.file + ": " + decoded.error().message});
  audio::Recording& recording = decoded->recording;
  if (options.original) recording = features::OriginalFirstSeconds(recording);
  const auto spectrogram = front_end->Compute(recording);
  if (!spectrogram) return Report(spectrogram.error());

  const double duration_s = decoded->source.duration_s;
  base::Result<void> written;
  if (!options.npy.empty()) {
    written = WriteNpy(options.npy, *spectrogram);
  } else if (options.as_json) {
    written = WriteJson(options.file, decoded->source, duration_s, config, *spectrogram);
  } else {
    written = WriteResult(ToText(options.file, decoded->source, duration_s, config, *spectrogram));
  }
  return written ? 0 : Report(written.error());
}

}  // namespace

void AddFeatures(CLI::App& app, Action& action) {
  CLI::App* verb =
      app.add_subcommand("features", "Show or save the log-mel spectrogram of a recording");
  auto options = std::make_shared<FeaturesOptions>();
  auto preset = std::make_shared<std::string>("default");
  verb->add_option("FILE", options->file, "The recording, or - for standard input")->required();
  verb->add_option("--preset", *preset,
                   "Where the options below begin: default, what our models are trained with, or "
                   "original, the front end of the Python HeartBeat AI on the first 5 s")
      ->check(CLI::IsMember({"default", "original"}).description(""))
      ->type_name("NAME")
      ->capture_default_str();
  CLI::Option* as_json =
      verb->add_flag("--json", options->as_json, "Write JSON with the parameters and all values");
  const CLI::Option* npy =
      verb->add_option("--npy", options->npy,
                       "Write a NumPy file, float32 [mel, frame], in decibels; - for standard "
                       "output")
          ->type_name("OUT");
  AddFields(*verb, *options);
  verb->footer(
      "The recording is mixed to one channel and resampled to --sample-rate-hz first.\n"
      "\n"
      "Example: heartbeat features a0001.wav --preset original --npy a0001.npy");
  NameEnvironment(*verb);
  verb->callback([=, &action] {
    if (OneOf(*verb, {as_json, npy}) == as_json) options->npy.clear();
    options->original = *preset == "original";
    action = [options] { return Features(*options); };
  });
}

}  // namespace heartbeat::cli
