#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace heartbeat::evaluation {

// Every parameter of a training run as heartbeat-train would train with it.
struct Recipe {
  std::string toml;                           // as it was printed; heartbeat-train reads it back
  std::map<std::string, std::string> values;  // "optimizer.epochs" -> "20"

  // The whole number of a parameter. Errors: kInvalidArgument where it is none.
  [[nodiscard]] base::Result<long> Integer(const std::string& name) const;
  // Likewise a number with or without a fraction.
  [[nodiscard]] base::Result<double> Number(const std::string& name) const;
  [[nodiscard]] bool HasSecondNetwork() const;
  [[nodiscard]] bool LearnsMurmurs() const;
  // Those of `values` that decide what is learned: not folders, names, threads or where files lie.
  [[nodiscard]] std::map<std::string, std::string> WhatIsLearned() const;
};

// Errors: kInvalidArgument with the line of a syntax error.
[[nodiscard]] base::Result<Recipe> ParseRecipe(std::string_view toml);

// Asks heartbeat-train (`trainer`) what it makes of the recipe `file` with `options` after it, such
// as "--optimizer.epochs", "6". `scratch` is a folder for the answer. Errors: kIo, kCancelled, and
// kInvalidArgument with what heartbeat-train says is wrong.
[[nodiscard]] base::Result<Recipe> ReadRecipe(const std::filesystem::path& trainer,
                                              const std::filesystem::path& file,
                                              const std::vector<std::string>& options,
                                              const std::filesystem::path& scratch,
                                              const std::atomic<bool>& stop);

// A recipe for a look within minutes, and in words what was taken from it.
struct QuickRecipe {
  std::vector<std::string> options;  // for ReadRecipe
  std::vector<std::string> reductions;
};
// At most 6 epochs of at most 2,000 windows: an eighth of the shipped recipe's steps, over which
// its learning-rate cycle runs to its end and its weights are averaged over the same share of the
// steps. Errors: kInvalidArgument.
[[nodiscard]] base::Result<QuickRecipe> MakeQuick(const Recipe& recipe);

}  // namespace heartbeat::evaluation
