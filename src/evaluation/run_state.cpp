#include "evaluation/run_state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <system_error>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
#include "base/parallel.h"
#include "evaluation/murmur_label.h"

namespace heartbeat::evaluation {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;
using nlohmann::json;

constexpr int kSchemaVersion = 1;

std::string Dump(const json& object) {
  return object.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

// Calls `read(object)`, which may throw what nlohmann::json throws.
template <typename T, typename Reader>
Result<T> ReadJson(std::string_view text, Reader&& read) {
  try {
    const json object = json::parse(text);
    if (object.at("schema_version") != kSchemaVersion) {
      return Fail(ErrorCode::kInvalidArgument, "it was written by another version of heartbeat");
    }
    return read(object);
  } catch (const json::exception&) {
    return Fail(ErrorCode::kInvalidArgument, "it is damaged");
  }
}

}  // namespace

std::vector<std::string> Differences(const RunIdentity& before, const RunIdentity& now) {
  std::vector<std::string> differences;
  const auto differ = [&](const std::string& what, const std::string& was, const std::string& is) {
    if (was != is) differences.push_back(what + " was " + was + " and is " + is);
  };
  differ("the protocol", before.protocol, now.protocol);
  differ("--folds", std::to_string(before.folds), std::to_string(now.folds));
  differ("--seed", std::to_string(before.seed), std::to_string(now.seed));
  std::set<std::string> names;
  for (const auto* recipe : {&before.recipe, &now.recipe}) {
    for (const auto& [name, value] : *recipe) names.insert(name);
  }
  const auto value_of = [](const RunIdentity& identity, const std::string& name) {
    const auto found = identity.recipe.find(name);
    return found == identity.recipe.end() ? "unknown" : found->second;
  };
  for (const std::string& name : names) differ(name, value_of(before, name), value_of(now, name));
  if (before.rows_sha256 != now.rows_sha256) {
    differences.emplace_back("the recordings, their labels or their splits are others");
  }
  if (before.trainer_sha256 != now.trainer_sha256) {
    differences.emplace_back("heartbeat-train is another build");
  }
  return differences;
}

std::string ToJsonText(const RunIdentity& identity) {
  return Dump({{"schema_version", kSchemaVersion},
               {"protocol", identity.protocol},
               {"folds", identity.folds},
               {"seed", identity.seed},
               {"recipe", identity.recipe},
               {"rows_sha256", identity.rows_sha256},
               {"trainer_sha256", identity.trainer_sha256}});
}

Result<RunIdentity> ParseRunIdentity(std::string_view text) {
  return ReadJson<RunIdentity>(text, [](const json& object) {
    RunIdentity identity;
    object.at("protocol").get_to(identity.protocol);
    object.at("folds").get_to(identity.folds);
    object.at("seed").get_to(identity.seed);
    object.at("recipe").get_to(identity.recipe);
    object.at("rows_sha256").get_to(identity.rows_sha256);
    object.at("trainer_sha256").get_to(identity.trainer_sha256);
    return identity;
  });
}

std::string ToJsonText(const FinishedFold& fold) {
  const FoldResults& r = fold.results;
  return Dump({{"schema_version", kSchemaVersion},
               {"name", r.name},
               {"training_recordings", r.training_recordings},
               {"holdout_recordings", r.holdout_recordings},
               {"test_recordings", r.test_recordings},
               {"test_recordings_in_training", r.test_recordings_in_training},
               {"model_sha256", r.model_sha256},
               {"threshold", r.threshold},
               {"best_epoch", r.best_epoch},
               {"training_s", r.training_s},
               {"predictions_sha256", fold.predictions_sha256},
               {"program_sha256", fold.program_sha256}});
}

Result<FinishedFold> ParseFinishedFold(std::string_view text) {
  return ReadJson<FinishedFold>(text, [](const json& object) {
    FinishedFold fold;
    FoldResults& r = fold.results;
    object.at("name").get_to(r.name);
    object.at("training_recordings").get_to(r.training_recordings);
    object.at("holdout_recordings").get_to(r.holdout_recordings);
    object.at("test_recordings").get_to(r.test_recordings);
    object.at("test_recordings_in_training").get_to(r.test_recordings_in_training);
    object.at("model_sha256").get_to(r.model_sha256);
    object.at("threshold").get_to(r.threshold);
    object.at("best_epoch").get_to(r.best_epoch);
    object.at("training_s").get_to(r.training_s);
    object.at("predictions_sha256").get_to(fold.predictions_sha256);
    object.at("program_sha256").get_to(fold.program_sha256);
    return fold;
  });
}

Result<std::string> HashFile(const std::filesystem::path& path) {
  const auto bytes = base::ReadFile(path);
  if (!bytes) return Fail(bytes);
  return base::Sha256Hex(*bytes);
}

Result<std::vector<std::string>> HashRecordings(const std::vector<DatasetEntry>& entries) {
  std::vector<std::string> hashes(entries.size());
  std::mutex mutex;
  Result<void> result;
  base::ParallelFor(entries.size(), 0, [&](std::size_t i) {
    auto hash = HashFile(entries[i].path);
    const std::lock_guard lock(mutex);
    if (hash) {
      hashes[i] = std::move(*hash);
    } else if (result) {
      result = Fail(hash);
    }
  });
  if (!result) return Fail(result);
  return hashes;
}

std::string HashRows(const std::vector<DatasetEntry>& entries,
                     const std::vector<std::string>& hashes) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const DatasetEntry& entry = entries[i];
    // As a JSON list, so that no two rows give the same line.
    json line = {entry.database,
                 entry.record,
                 entry.patient,
                 entry.split,
                 entry.label ? std::string(Name(*entry.label)) : "",
                 hashes[i]};
    if (const auto murmur = MurmurLabel(entry)) line.push_back(Name(*murmur));
    lines.push_back(line.dump(-1, ' ', false, json::error_handler_t::replace));
  }
  std::ranges::sort(lines);
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return base::Sha256Hex(std::as_bytes(std::span(text)));
}

Result<FolderLock> FolderLock::Take(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return Fail(ErrorCode::kIo,
                "cannot make the folder " + folder.string() + ": " + error.message());
  }
  // Of the folder itself: there is no file to be left over.
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return Fail(ErrorCode::kIo, "cannot open " + folder.string() + ": " + std::strerror(errno));
  }
  FolderLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return Fail(ErrorCode::kInvalidArgument, "another evaluation is at work in " + folder.string() +
                                                 "; wait for it, or name another --out");
  }
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace heartbeat::evaluation
