#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "analysis/model_metadata.h"
#include "base/result.h"
#include "training/config.h"
#include "training/network.h"

namespace heartbeat::training {

// A model to go on training from.
struct ImportedModel {
  analysis::ModelMetadata metadata;
  // In evaluation mode, on the CPU; its shape has `dropout` as it was given: no file says what it
  // was.
  Network network{nullptr};
};

// The inverse of ToOnnx: weights by name into a network of the architecture that the file shows.
// What comes out has been run beside the file and gives the same. Errors: those of
// nn::Session::Load and analysis::ModelMetadata::Parse; kInvalidModel where the network is not one
// that heartbeat train makes.
[[nodiscard]] base::Result<ImportedModel> FromOnnx(std::span<const std::byte> onnx, double dropout);

// Writes the model at `from` to `to` as ToOnnx writes it now: of the same weights and metadata,
// with what an older version did not export. Errors: those of FromOnnx, base::ReadFile and
// base::WriteFileAtomically.
[[nodiscard]] base::Result<void> Reexport(const std::filesystem::path& from,
                                          const std::filesystem::path& to);

// FromOnnx for `config.init.model`, whose front end, windows and network then replace those of
// `config`. A murmur output that the run does not learn is left out, as nothing would tell whether
// it still holds on the changed trunk; one that the file lacks begins at random. Errors: those of
// FromOnnx and base::ReadFile.
[[nodiscard]] base::Result<Network> TakeInitialModel(TrainConfig& config);

}  // namespace heartbeat::training
