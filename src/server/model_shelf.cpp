#include "server/model_shelf.h"

#include <algorithm>
#include <functional>
#include <system_error>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Fail;
using nlohmann::json;

constexpr std::string_view kGivenPrefix = "given ";
constexpr const char* kModelName = "heartbeat.onnx";
constexpr std::uintmax_t kMaxModelBytes = std::uintmax_t{64} << 20;
constexpr std::uintmax_t kMaxComparisonBytes = std::uintmax_t{1} << 20;
constexpr std::size_t kFewestDigits = 8;
constexpr const char* kOtherFile = "the file of this model is gone, or is another one now";

bool Holds(const fs::path& file, std::string_view sha256) {
  const auto bytes = base::ReadFile(file, kMaxModelBytes);
  return bytes && base::Sha256Hex(*bytes) == sha256;
}

json ReadComparison(const fs::path& folder) {
  const auto text = base::ReadTextFile(folder / "comparison.json", kMaxComparisonBytes);
  auto comparison = text ? json::parse(*text, nullptr, false) : json(nullptr);
  return comparison.is_object() ? comparison : json(nullptr);
}

bool Fits(const store::ModelVersion& version, std::string_view key) {
  return version.model.version == key ||
         (key.size() >= kFewestDigits && version.model.sha256.starts_with(key));
}

}  // namespace

std::string_view Name(ModelSource source) {
  switch (source) {
    case ModelSource::kShipped:
      return "shipped";
    case ModelSource::kRetrained:
      return "retrained";
    case ModelSource::kGiven:
      return "given";
  }
  return "";
}

ShelvedModel ModelShelf::Place(const store::ModelVersion& version) const {
  ShelvedModel model;
  model.version = version;
  if (version.source == Name(ModelSource::kRetrained)) {
    const fs::path place = folder() / version.model.sha256;
    model.source = ModelSource::kRetrained;
    model.file = place / kModelName;
    model.comparison = ReadComparison(place);
  } else if (version.source == Name(ModelSource::kShipped)) {
    // Another version of the program brings another model to the same place.
    model.source = ModelSource::kShipped;
    model.file = shipped_;
  } else if (version.source.starts_with(kGivenPrefix)) {
    model.file = version.source.substr(kGivenPrefix.size());
  }
  model.is_available = !model.file.empty() && Holds(model.file, version.model.sha256);
  return model;
}

base::Result<std::vector<ShelvedModel>> ModelShelf::List() const {
  const auto versions = history_.Models();
  if (!versions) return Fail(versions);
  std::vector<ShelvedModel> models;
  for (const auto& version : *versions) models.push_back(Place(version));
  return models;
}

base::Result<ShelvedModel> ModelShelf::Find(std::string_view key) const {
  const auto versions = history_.Models();
  if (!versions) return Fail(versions);
  const store::ModelVersion* found = nullptr;
  for (const auto& version : *versions) {
    if (!Fits(version, key)) continue;
    if (found != nullptr) {
      return Fail(ErrorCode::kInvalidArgument,
                  "several models fit this version; name one by the first digits of its sha256, "
                  "as the list of models has it");
    }
    found = &version;
  }
  if (found == nullptr) {
    return Fail(ErrorCode::kNotFound,
                "there is no model of this version or sha256; the list of models has those that "
                "there are");
  }
  return Place(*found);
}

base::Result<ShelvedModel> ModelShelf::FindPrevious() const {
  auto versions = history_.Models();
  if (!versions) return Fail(versions);
  std::erase_if(*versions, [](const auto& version) { return !version.promoted; });
  std::ranges::sort(*versions, std::greater(), &store::ModelVersion::promoted);
  if (versions->size() < 2) {
    return Fail(ErrorCode::kNotFound, "no model served before the one that serves now");
  }
  return Place((*versions)[1]);
}

base::Result<std::shared_ptr<const ModelPredictor>> ModelShelf::Open(
    const ShelvedModel& model) const {
  if (!model.is_available) {
    return Fail(ErrorCode::kInvalidArgument,
                model.source == ModelSource::kShipped
                    ? "this model came with another version of heartbeat; its file is gone"
                    : kOtherFile);
  }
  auto loaded = ModelPredictor::Load(model.file, max_file_bytes_, asked_);
  if (loaded && (*loaded)->Card()->identity.sha256 == model.version.model.sha256) return loaded;
  if (loaded) {
    // It was the right one when it was looked for.
    return Fail(ErrorCode::kInvalidArgument, kOtherFile);
  }
  base::LogError("the model " + model.version.model.version +
                 " cannot be used: " + loaded.error().message);
  return Fail(ErrorCode::kInvalidArgument,
              "this model cannot be loaded, gives no numbers, or cannot be asked as this server "
              "was told to (--operating-point, --prevalence); the log says why");
}

base::Result<void> ModelShelf::Add(const analysis::ModelIdentity& identity, ModelSource source,
                                   const fs::path& file) {
  store::ModelVersion version;
  version.model = {identity.name, identity.version, identity.sha256};
  version.source = Name(source);
  if (source == ModelSource::kGiven) {
    std::error_code error;
    version.source = std::string(kGivenPrefix) + fs::absolute(file, error).string();
  }
  version.added = store::Now();
  return history_.AddModel(version, "heartbeat");
}

base::Result<void> ModelShelf::Promote(std::string_view sha256, store::Time time,
                                       std::string_view who) {
  return history_.PromoteModel(sha256, time, who);
}

}  // namespace heartbeat::server
