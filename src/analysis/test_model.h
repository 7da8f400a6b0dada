#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/model_metadata.h"
#include "nn/onnx_builder.h"

namespace heartbeat::analysis {

// Metadata that Parse takes, of a front end at its defaults.
inline ModelMetadata TestMetadata() {
  ModelMetadata metadata;
  metadata.name = "test";
  metadata.version = "1";
  return metadata;
}

// `onnx`, a model of schema version 3, as one that was never calibrated.
inline std::vector<std::byte> WithoutCalibration(std::vector<std::byte> onnx) {
  const std::string key = "heartbeat.calibration.slope";
  const auto found = std::ranges::search(onnx, std::as_bytes(std::span(key)));
  found.back() = std::byte{'_'};  // no key that is known; throws nothing away
  return onnx;
}

// A model whose logit is the mean of the window's features: simple enough to know what it must say.
inline std::vector<std::byte> MeanModel(const ModelMetadata& metadata,
                                        const std::string& output = "logit") {
  nn::OnnxBuilder builder("mean");
  builder.AddInput("features", std::vector<std::int64_t>{1, metadata.features.mel_bands,
                                                         metadata.WindowFrames()});
  builder.AddOutput(output, std::vector<std::int64_t>{1});
  builder.AddNode("ReduceMean", {"features"}, {output},
                  {{"axes", std::vector<std::int64_t>{2, 3}}, {"keepdims", std::int64_t{0}}});
  for (const auto& [key, value] : metadata.ToProperties()) builder.SetMetadata(key, value);
  return builder.Serialize();
}

// The same with a murmur output: its three logits are the same mean, plus `biases`.
inline std::vector<std::byte> MurmurModel(const ModelMetadata& metadata,
                                          const std::vector<float>& biases) {
  nn::OnnxBuilder builder("murmur");
  const auto count = static_cast<std::int64_t>(biases.size());
  builder.AddInput("features", std::vector<std::int64_t>{1, metadata.features.mel_bands,
                                                         metadata.WindowFrames()});
  builder.AddOutput("murmur", std::vector<std::int64_t>{count});
  builder.AddOutput("logit", std::vector<std::int64_t>{1});
  builder.AddNode("ReduceMean", {"features"}, {"logit"},
                  {{"axes", std::vector<std::int64_t>{2, 3}}, {"keepdims", std::int64_t{0}}});
  const std::vector<float> ones(biases.size(), 1);
  builder.AddInitializer("ones", std::vector<std::int64_t>{1, count}, ones);
  builder.AddInitializer("biases", std::vector<std::int64_t>{count}, biases);
  builder.AddNode("Gemm", {"logit", "ones", "biases"}, {"murmur"}, {});
  for (const auto& [key, value] : metadata.ToProperties()) builder.SetMetadata(key, value);
  return builder.Serialize();
}

// The same with evidence: the mean of the features of 8 bands by 8 frames, over the 16 * 39 cells
// of a window at the defaults, so that the cells add up to the logit.
inline std::vector<std::byte> MeanModelWithEvidence(const ModelMetadata& metadata) {
  nn::OnnxBuilder builder("explained mean");
  const std::int64_t rows = metadata.features.mel_bands / 8;
  const std::int64_t columns = metadata.WindowFrames() / 8;
  builder.AddInput("features", std::vector<std::int64_t>{1, metadata.features.mel_bands,
                                                         metadata.WindowFrames()});
  builder.AddOutput("evidence", std::vector<std::int64_t>{rows, columns});
  builder.AddOutput("logit", std::vector<std::int64_t>{1});
  builder.AddNode("ReduceMean", {"features"}, {"logit"},
                  {{"axes", std::vector<std::int64_t>{2, 3}}, {"keepdims", std::int64_t{0}}});
  builder.AddNode("AveragePool", {"features"}, {"means"},
                  {{"kernel_shape", std::vector<std::int64_t>{8, 8}},
                   {"strides", std::vector<std::int64_t>{8, 8}}});
  builder.AddInitializer("cells", {}, std::vector{static_cast<float>(rows * columns)});
  builder.AddNode("Div", {"means", "cells"}, {"shares"});
  builder.AddInitializer("grid", std::vector<std::int64_t>{3},
                         std::vector<std::int64_t>{0, rows, columns});
  builder.AddNode("Reshape", {"shares", "grid"}, {"evidence"});
  for (const auto& [key, value] : metadata.ToProperties()) builder.SetMetadata(key, value);
  return builder.Serialize();
}

}  // namespace heartbeat::analysis
