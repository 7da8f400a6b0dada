#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "features/log_mel.h"

namespace heartbeat::features {

// The names of the front end's parameters, in one place: model metadata, TOML files and
// command-line options all use them. `visit(name, field)` is called for every field in the order of
// declaration; `config` may be const.
template <typename Config, typename Visitor>
void ForEachField(Config& config, Visitor&& visit) {
  visit("sample_rate_hz", config.sample_rate_hz);
  visit("band_pass_low_hz", config.band_pass_low_hz);
  visit("band_pass_high_hz", config.band_pass_high_hz);
  visit("window_samples", config.window_samples);
  visit("fft_samples", config.fft_samples);
  visit("hop_samples", config.hop_samples);
  visit("mel_bands", config.mel_bands);
  visit("min_hz", config.min_hz);
  visit("max_hz", config.max_hz);
  visit("mel_scale", config.mel_scale);
  visit("mel_norm", config.mel_norm);
  visit("padding", config.padding);
  visit("decibel_reference", config.decibel_reference);
  visit("top_db", config.top_db);
  visit("min_power", config.min_power);
  visit("normalization", config.normalization);
}

// The values of an enumerated field with their names.
template <typename Enum>
struct EnumNames;
template <>
struct EnumNames<MelScale> {
  static constexpr std::array<std::pair<std::string_view, MelScale>, 2> kValues = {
      {{"slaney", MelScale::kSlaney}, {"htk", MelScale::kHtk}}};
};
template <>
struct EnumNames<MelNorm> {
  static constexpr std::array<std::pair<std::string_view, MelNorm>, 2> kValues = {
      {{"slaney", MelNorm::kSlaney}, {"none", MelNorm::kNone}}};
};
template <>
struct EnumNames<Padding> {
  static constexpr std::array<std::pair<std::string_view, Padding>, 2> kValues = {
      {{"constant", Padding::kConstant}, {"reflect", Padding::kReflect}}};
};
template <>
struct EnumNames<DecibelReference> {
  static constexpr std::array<std::pair<std::string_view, DecibelReference>, 2> kValues = {
      {{"max", DecibelReference::kMax}, {"one", DecibelReference::kOne}}};
};
template <>
struct EnumNames<Normalization> {
  static constexpr std::array<std::pair<std::string_view, Normalization>, 3> kValues = {
      {{"none", Normalization::kNone},
       {"band_median", Normalization::kBandMedian},
       {"band_standard", Normalization::kBandStandard}}};
};

template <typename Enum>
[[nodiscard]] constexpr std::string_view EnumName(Enum value) {
  for (const auto& [name, candidate] : EnumNames<Enum>::kValues) {
    if (candidate == value) return name;
  }
  return {};
}

// False where no value has that name; `value` is then untouched.
template <typename Enum>
[[nodiscard]] constexpr bool ParseEnum(std::string_view text, Enum& value) {
  for (const auto& [name, candidate] : EnumNames<Enum>::kValues) {
    if (name == text) {
      value = candidate;
      return true;
    }
  }
  return false;
}

}  // namespace heartbeat::features
