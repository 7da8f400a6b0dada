#include "training/checkpoint.h"

#include <torch/serialize.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "base/file.h"

namespace heartbeat::training {
namespace {

std::string ToText(const RunState& state) {
  return nlohmann::json{{"epoch", state.epoch},           {"step", state.step},
                        {"loss_sum", state.loss_sum},     {"best_epoch", state.best_epoch},
                        {"best_auroc", state.best_auroc}, {"history", ToJson(state.history)}}
      .dump();
}

base::Result<RunState> FromText(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  RunState state{json.at("epoch"),      json.at("step"),       json.at("loss_sum"),
                 json.at("best_epoch"), json.at("best_auroc"), {}};
  auto history = HistoryFromJson(json.at("history").dump());
  if (!history) return base::Fail(history);
  state.history = std::move(*history);
  return state;
}

std::vector<std::vector<std::int64_t>> ShapesOf(const Network& network) {
  std::vector<std::vector<std::int64_t>> shapes;
  for (const torch::Tensor& tensor : network->parameters()) shapes.push_back(tensor.sizes().vec());
  return shapes;
}

// libtorch lets a module take tensors of other shapes than its own, so that is looked for here.
void LoadNetwork(torch::serialize::InputArchive& archive, const char* name, Network& network) {
  const auto shapes = ShapesOf(network);
  torch::serialize::InputArchive nested;
  archive.read(name, nested);
  network->load(nested);
  if (ShapesOf(network) != shapes) throw std::runtime_error("another network");
}

}  // namespace

base::Result<void> SaveCheckpoint(const std::filesystem::path& path, const RunState& state,
                                  const RunTensors& tensors) {
  std::ostringstream bytes;
  try {
    torch::serialize::OutputArchive archive;
    const auto save = [&](const char* name, const auto& part) {
      torch::serialize::OutputArchive nested;
      part.save(nested);
      archive.write(name, nested);
    };
    save("network", *tensors.network);
    save("average", *tensors.average);
    save("best", *tensors.best);
    save("optimizer", *tensors.optimizer);
    archive.write("state", c10::IValue(ToText(state)));
    archive.save_to(bytes);
  } catch (const std::exception& error) {
    return base::Fail(base::ErrorCode::kIo, "cannot write the checkpoint " + path.string());
  }
  return base::WriteFileAtomically(path, bytes.str());
}

base::Result<RunState> LoadCheckpoint(const std::filesystem::path& path, RunTensors& tensors) {
  auto bytes = base::ReadTextFile(path);
  if (!bytes) return base::Fail(bytes);
  try {
    std::istringstream stream(std::move(*bytes));
    torch::serialize::InputArchive archive;
    archive.load_from(stream);
    LoadNetwork(archive, "network", tensors.network);
    LoadNetwork(archive, "average", tensors.average);
    LoadNetwork(archive, "best", tensors.best);
    torch::serialize::InputArchive optimizer;
    archive.read("optimizer", optimizer);
    tensors.optimizer->load(optimizer);
    c10::IValue state;
    archive.read("state", state);
    return FromText(state.toStringRef());
  } catch (const std::exception& error) {
    return base::Fail(base::ErrorCode::kInvalidArgument,
                      "the checkpoint " + path.string() +
                          " is damaged, or of a run with another network; start without --resume");
  }
}

}  // namespace heartbeat::training
