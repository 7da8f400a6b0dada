#include "evaluation/properties.h"

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "evaluation/markup.h"

namespace heartbeat::evaluation {
namespace {

template <double SoundLevels::* kField>
double Level(const DescribedRecording& recording) {
  return recording.levels.*kField;
}

template <double SoundSpectrum::* kField>
double Spectral(const DescribedRecording& recording) {
  return recording.spectrum.*kField;
}

template <std::size_t kBand>
double Band(const DescribedRecording& recording) {
  return recording.spectrum.band_db[kBand];
}

template <std::size_t kBand>
Property BandProperty() {
  const std::string low = NumberText(kBandEdgesHz[kBand], 0);
  const std::string high = NumberText(kBandEdgesHz[kBand + 1], 0);
  return {.key = "band_" + low + "_" + high + "_db",
          .title = "Power " + low + "–" + high + " Hz",
          .unit = "dB",
          .definition = "Power from " + low + " to " + high +
                        " Hz relative to the power of the whole recording.",
          .decimals = 1,
          .recorder_only = false,
          .value = Band<kBand>};
}

template <std::size_t... kBand>
void AddBands(std::vector<Property>& properties, std::index_sequence<kBand...>) {
  (properties.push_back(BandProperty<kBand>()), ...);
}

std::vector<Property> MakeProperties() {
  std::vector<Property> properties = {
      {"duration_s", "Duration", "s", "How long the recording lasts.", 1, true,
       [](const DescribedRecording& recording) { return recording.duration_s; }},
      {"peak_dbfs", "Peak", "dBFS", "Largest magnitude of a sample; full scale is 0 dBFS.", 1,
       false, Level<&SoundLevels::peak_dbfs>},
      {"rms_dbfs", "Level", "dBFS", "RMS of the samples less their mean.", 1, false,
       Level<&SoundLevels::rms_dbfs>},
      {"crest_factor_db", "Crest factor", "dB", "Peak above level, both less the mean.", 1, false,
       Level<&SoundLevels::crest_factor_db>},
      {"offset_percent", "Offset", "% of full scale", "Mean of the samples (DC offset).", 2, true,
       Level<&SoundLevels::offset_percent>},
      {"clipped_percent", "Clipped", "% of samples",
       "Samples in runs of three or more at the recording's largest or smallest value.", 3, true,
       Level<&SoundLevels::clipped_percent>},
      {"floor_dbfs", "Noise floor", "dBFS",
       "Level that 5 % of the 50 ms frames stay below: what is heard between the heart sounds.", 1,
       false, Level<&SoundLevels::floor_dbfs>},
      {"dynamic_range_db", "Dynamic range", "dB",
       "From the 5th to the 95th percentile of the levels of 50 ms frames.", 1, false,
       Level<&SoundLevels::dynamic_range_db>},
      {"silent_percent", "Silent", "% of time", "50 ms frames below -80 dBFS.", 2, true,
       Level<&SoundLevels::silent_percent>},
      {"start_level_db", "Start", "dB", "Level of the first 0.25 s above the whole recording.", 1,
       false, Level<&SoundLevels::start_level_db>},
      {"constant_percent", "Constant", "% of time",
       "Runs of one value that last 10 ms or more: dropouts, digital silence, or the quiet parts "
       "of a coarse converter.",
       2, true, Level<&SoundLevels::constant_percent>},
      {"longest_constant_ms", "Longest constant run", "ms", "Longest run of one value.", 1, true,
       Level<&SoundLevels::longest_constant_ms>},
      {"converter_bits", "Converter bits", "bits",
       "log2(2 / step), where step is the median gap between neighbouring values that occur within "
       "the central half of the samples: 16 where all of 16 bits is used, about 8 for a recording "
       "made with 8 and scaled up.",
       2, true, Level<&SoundLevels::converter_bits>},
      {"different_values", "Different values", "", "How many different sample values occur.", 0,
       false, Level<&SoundLevels::different_values>},
      {"rolloff_50_hz", "50 % roll-off", "Hz", "Half of the power lies below.", 1, false,
       Spectral<&SoundSpectrum::rolloff_50_hz>},
      {"rolloff_95_hz", "95 % roll-off", "Hz", "95 % of the power lies below.", 1, false,
       Spectral<&SoundSpectrum::rolloff_95_hz>},
      {"rolloff_99_hz", "99 % roll-off", "Hz", "99 % of the power lies below.", 1, false,
       Spectral<&SoundSpectrum::rolloff_99_hz>},
      {"bandwidth_hz", "Bandwidth", "Hz",
       "Highest frequency whose power density is 10 dB above the density's own 5th percentile over "
       "frequency.",
       0, false, Spectral<&SoundSpectrum::bandwidth_hz>},
      {"tone_db", "Strongest tone", "dB",
       "Strongest steady line between 150 and 1000 Hz (bins of 1 Hz, median over time) above the "
       "median of the 41 bins around it.",
       1, true, Spectral<&SoundSpectrum::tone_db>},
      {"tone_hz", "Frequency of that tone", "Hz", "Where that line stands.", 0, true,
       Spectral<&SoundSpectrum::tone_hz>},
  };
  AddBands(properties, std::make_index_sequence<kBands>());
  return properties;
}

}  // namespace

std::span<const Property> Properties() {
  static const std::vector<Property> properties = MakeProperties();
  return properties;
}

}  // namespace heartbeat::evaluation
