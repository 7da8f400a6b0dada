#include "training/join.h"

#include <cmath>
#include <span>
#include <string>

#include "analysis/evidence_cells.h"
#include "base/digest.h"
#include "features/mel.h"

namespace heartbeat::training {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

// Of a step between bands: far above the rounding of doubles.
constexpr double kTolerance = 1e-6;

std::unexpected<base::Error> DoesNotFit(const std::string& why) {
  return Fail(ErrorCode::kInvalidArgument, "the two networks cannot be joined: " + why);
}

struct Edges {
  double low_mel = 0;
  double step_mel = 0;  // from a band's centre to the next
};

Edges EdgesOf(const features::LogMelConfig& config) {
  const double low = features::HzToMel(config.min_hz, config.mel_scale);
  const double high = features::HzToMel(config.max_hz, config.mel_scale);
  return {low, (high - low) / (config.mel_bands + 1)};
}

std::string DataSha256(const std::string& first, const std::string& second) {
  if (first == second) return first;
  const std::string both = first + "\n" + second + "\n";
  return base::Sha256Hex(std::as_bytes(std::span(both)));
}

}  // namespace

Result<features::SecondView> ViewOf(const features::LogMelConfig& first,
                                    const features::LogMelConfig& second) {
  if (second.normalization != features::Normalization::kBandStandard) {
    return DoesNotFit("the second's features.normalization must be band_standard");
  }
  features::LogMelConfig like_first = second;
  like_first.mel_bands = first.mel_bands;
  like_first.min_hz = first.min_hz;
  like_first.max_hz = first.max_hz;
  like_first.normalization = first.normalization;
  if (like_first != first) {
    return DoesNotFit(
        "their features must be the same but for mel_bands, min_hz, max_hz and normalization");
  }
  const Edges a = EdgesOf(first);
  const Edges b = EdgesOf(second);
  const double offset = (b.low_mel - a.low_mel) / a.step_mel;
  features::LogMelConfig joined = first;
  joined.second_view = {static_cast<int>(std::lround(offset)), second.mel_bands};
  if (std::abs(b.step_mel / a.step_mel - 1) > kTolerance ||
      std::abs(offset - std::round(offset)) > kTolerance || !joined.Validate()) {
    return DoesNotFit("the bands of the second must be some of those of the first");
  }
  return *joined.second_view;
}

Result<ImportedModel> Join(const ImportedModel& first, const ImportedModel& second, double limit) {
  if (first.network->second || second.network->second) {
    return DoesNotFit("one of them is joined from two already");
  }
  const auto& a = first.metadata;
  const auto& b = second.metadata;
  const auto view = ViewOf(a.features, b.features);
  if (!view) return Fail(view);
  if (a.window_s != b.window_s || a.window_step_s != b.window_step_s ||
      a.feature_scale != b.feature_scale) {
    return DoesNotFit("their windows must be the same");
  }
  const NetworkShape& shape = first.network->shape;
  const NetworkShape& other = second.network->shape;
  const auto rows = [](const Network& network) {
    return static_cast<int>(network->trunk->collapse->conv->weight.size(2));
  };
  if (other.network.TotalStride() != shape.network.TotalStride() ||
      FirstSharedRow(*view, shape.network) + rows(second.network) > rows(first.network)) {
    return DoesNotFit("the products of their network.strides must be the same");
  }

  NetworkShape joined = shape;
  joined.with_murmur = other.with_murmur;
  joined.second = {other.network, view->bands, limit};
  ImportedModel model{a, Network(joined)};
  model.metadata.features.second_view = *view;
  model.metadata.calibration.reset();
  model.metadata.training_data_sha256 = DataSha256(a.training_data_sha256, b.training_data_sha256);
  CopyTensors(*first.network->trunk, *model.network->trunk);
  CopyTensors(*first.network->linear, *model.network->linear);
  CopyTensors(*second.network->trunk, *model.network->second);
  CopyTensors(*second.network->linear, *model.network->second_linear);
  if (joined.with_murmur) CopyTensors(*second.network->murmur, *model.network->murmur);
  model.network->eval();
  return model;
}

}  // namespace heartbeat::training
