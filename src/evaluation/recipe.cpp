#include "evaluation/recipe.h"

#include <toml++/toml.h>

#include <array>
#include <charconv>
#include <sstream>
#include <tuple>
#include <utility>

#include "base/file.h"
#include "evaluation/trainer_process.h"

namespace heartbeat::evaluation {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

constexpr std::array kNotLearned = {"data.folders", "data.rows", "data.cache_folder",
                                    "optimizer.threads", "output.folder"};

// toml++ prints 0.006 as 0.0060000000000000001.
std::string Shortest(double number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

std::string Print(const toml::node& value) {
  if (const auto text = value.value_exact<std::string>()) return *text;
  if (const auto number = value.value_exact<double>()) return Shortest(*number);
  std::ostringstream printed;
  value.visit([&](const auto& v) { printed << v; });
  return printed.str();
}

void AddValues(const toml::table& table, const std::string& prefix,
               std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : table) {
    const std::string path = prefix + std::string(name.str());
    if (const toml::table* inner = value.as_table()) {
      AddValues(*inner, path + ".", values);
    } else {
      values[path] = Print(value);
    }
  }
}

constexpr long kQuickEpochs = 6;
constexpr long kQuickWindows = 2000;

}  // namespace

Result<long> Recipe::Integer(const std::string& name) const {
  long number = 0;
  const auto found = values.find(name);
  if (found != values.end()) {
    const char* end = found->second.data() + found->second.size();
    const auto read = std::from_chars(found->second.data(), end, number);
    if (read.ec == std::errc() && read.ptr == end) return number;
  }
  return Fail(ErrorCode::kInvalidArgument, "the recipe has no whole number \"" + name + "\"");
}

Result<double> Recipe::Number(const std::string& name) const {
  double number = 0;
  const auto found = values.find(name);
  if (found != values.end()) {
    const char* end = found->second.data() + found->second.size();
    const auto read = std::from_chars(found->second.data(), end, number);
    if (read.ec == std::errc() && read.ptr == end) return number;
  }
  return Fail(ErrorCode::kInvalidArgument, "the recipe has no number \"" + name + "\"");
}

bool Recipe::HasSecondNetwork() const {
  const auto limit = Number("second.limit");
  return limit && *limit > 0;
}

bool Recipe::LearnsMurmurs() const {
  const auto weighs = [&](const char* name) {
    const auto weight = Number(name);
    return weight && *weight > 0;
  };
  return weighs("murmur.weight") || (HasSecondNetwork() && weighs("second.murmur.weight"));
}

std::map<std::string, std::string> Recipe::WhatIsLearned() const {
  auto learned = values;
  for (const char* name : kNotLearned) learned.erase(name);
  return learned;
}

Result<Recipe> ParseRecipe(std::string_view text) {
  Recipe recipe;
  recipe.toml = text;
  try {
    AddValues(toml::parse(text), "", recipe.values);
  } catch (const toml::parse_error& error) {
    return Fail(ErrorCode::kInvalidArgument, "line " + std::to_string(error.source().begin.line) +
                                                 ": " + std::string(error.description()));
  }
  return recipe;
}

Result<Recipe> ReadRecipe(const std::filesystem::path& trainer, const std::filesystem::path& file,
                          const std::vector<std::string>& options,
                          const std::filesystem::path& scratch, const std::atomic<bool>& stop) {
  TrainerCall call{
      trainer, {"--config", file.string()}, scratch / "recipe.out", scratch / "recipe.err"};
  call.arguments.insert(call.arguments.end(), options.begin(), options.end());
  call.arguments.emplace_back("--print-config");
  const auto asked = RunTrainer(call, stop, {});
  auto printed = base::ReadTextFile(call.out);
  std::error_code ignored;  // files left over harm nobody
  std::filesystem::remove(call.out, ignored);
  std::filesystem::remove(call.err, ignored);
  if (!asked) return Fail(asked);
  if (!printed) return Fail(printed);
  return ParseRecipe(*printed);
}

Result<QuickRecipe> MakeQuick(const Recipe& recipe) {
  QuickRecipe quick;
  std::vector<std::pair<std::string, std::string>> networks = {{"", ""}};
  if (recipe.HasSecondNetwork()) networks.emplace_back("second.", " of the second network");
  for (const auto& [prefix, whose] : networks) {
    for (const auto& [name, most, what] :
         {std::tuple{"optimizer.epochs", kQuickEpochs, "epochs of training"},
          std::tuple{"sampling.windows_per_epoch", kQuickWindows, "windows an epoch"}}) {
      const auto full = recipe.Integer(prefix + name);
      if (!full) return Fail(full);
      if (*full <= most) continue;
      quick.options.push_back("--" + prefix + name);
      quick.options.push_back(std::to_string(most));
      quick.reductions.push_back(std::to_string(most) + " " + what + whose + " instead of " +
                                 std::to_string(*full));
    }
  }
  return quick;
}

}  // namespace heartbeat::evaluation
