#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/model_predictor.h"
#include "store/store.h"

namespace heartbeat::server {

enum class ModelSource {
  kShipped,    // came with the program
  kRetrained,  // DATA_DIR/models/SHA256/heartbeat.onnx
  kGiven,      // a file that --model named
};
// "shipped", "retrained", "given".
[[nodiscard]] std::string_view Name(ModelSource source);

// A model that this installation knows, and where its file should be.
struct ShelvedModel {
  store::ModelVersion version;
  ModelSource source = ModelSource::kGiven;
  std::filesystem::path file;
  bool is_available = false;            // the file is there, and is still this model
  nlohmann::json comparison = nullptr;  // of a retrained one with what it began as
};

// The models of a data folder: which there are is in the history, their files are where the sources
// say. Thread-safe as the history is. Errors of every call: those of the history.
class ModelShelf {
 public:
  // `shipped`: the model that came with the program, "" where there is none. `history` outlives
  // this.
  ModelShelf(store::Store& history, std::filesystem::path data_dir, std::filesystem::path shipped,
             std::size_t max_file_bytes, const analysis::AnalyzerOptions& asked = {})
      : history_(history),
        data_dir_(std::move(data_dir)),
        shipped_(std::move(shipped)),
        max_file_bytes_(max_file_bytes),
        asked_(asked) {}

  // Newest first.
  [[nodiscard]] base::Result<std::vector<ShelvedModel>> List() const;
  // `key`: a version, a SHA-256, or at least 8 of its first digits. Errors: kNotFound;
  // kInvalidArgument where several fit.
  [[nodiscard]] base::Result<ShelvedModel> Find(std::string_view key) const;
  // The one that served before the one that was promoted last. Errors: kNotFound.
  [[nodiscard]] base::Result<ShelvedModel> FindPrevious() const;

  // Loads it and tries it out. Errors: kInvalidArgument where its file is gone or does not work,
  // with a sentence that names no folder; why stands in the log.
  [[nodiscard]] base::Result<std::shared_ptr<const ModelPredictor>> Open(
      const ShelvedModel& model) const;

  // `file`: as Name(source) says; relative ones are those of the working folder.
  [[nodiscard]] base::Result<void> Add(const analysis::ModelIdentity& identity, ModelSource source,
                                       const std::filesystem::path& file);
  [[nodiscard]] base::Result<void> Promote(std::string_view sha256, store::Time time,
                                           std::string_view who);

  // DATA_DIR/models.
  [[nodiscard]] std::filesystem::path folder() const { return data_dir_ / "models"; }
  [[nodiscard]] const std::filesystem::path& shipped() const { return shipped_; }
  [[nodiscard]] std::size_t max_file_bytes() const { return max_file_bytes_; }
  // How every model of it that serves is asked.
  [[nodiscard]] const analysis::AnalyzerOptions& asked() const { return asked_; }
  [[nodiscard]] store::Store& history() const { return history_; }

 private:
  [[nodiscard]] ShelvedModel Place(const store::ModelVersion& version) const;

  store::Store& history_;
  std::filesystem::path data_dir_;
  std::filesystem::path shipped_;
  std::size_t max_file_bytes_;
  analysis::AnalyzerOptions asked_;
};

}  // namespace heartbeat::server
