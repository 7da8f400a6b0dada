#include "store/store.h"

#include <soci/soci.h>
#include <sys/stat.h>

#include <cerrno>
#include <future>
#include <system_error>
#include <utility>

#include "base/digest.h"
#include "store/file_io.h"
#include "store/migrations.h"
#include "store/pages.h"
#include "store/prediction_rows.h"
#include "store/sqlite_backend.h"
#include "store/store_parts.h"
#include "store/text.h"

namespace heartbeat::store {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

Result<void> MakeDataFolder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return {};
  if (folder.has_parent_path()) {
    std::filesystem::create_directories(folder.parent_path(), error);
    if (error) return WriteFailure(error.value());
  }
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return WriteFailure();
  if (!std::filesystem::is_directory(folder, error)) {
    return Fail(ErrorCode::kIo, "The data folder is a file. Choose another.");
  }
  return {};
}

}  // namespace

Result<void> StoreOptions::Validate() const {
  const auto refuse = [](const char* message) {
    return Fail(ErrorCode::kInvalidArgument, message);
  };
  if (data_dir.empty()) return refuse("The history needs a data folder.");
  if (busy_timeout_s < 1 || busy_timeout_s > 3600) {
    return refuse("busy_timeout_s must be between 1 and 3600.");
  }
  if (max_readers < 1 || max_readers > 64) return refuse("max_readers must be between 1 and 64.");
  if (max_waiting < 1) return refuse("max_waiting must be at least 1.");
  return {};
}

Store::Store(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::Open(const StoreOptions& given) {
  if (auto valid = given.Validate(); !valid) return Fail(valid);
  StoreOptions options = given;
  std::error_code error;
  options.data_dir = std::filesystem::absolute(given.data_dir, error);
  if (error) return WriteFailure(error.value());
  // A last '/' would make the folder its own parent.
  if (!options.data_dir.has_filename()) options.data_dir = options.data_dir.parent_path();
  if (auto made = MakeDataFolder(options.data_dir); !made) return Fail(made);

  auto sqlite =
      std::make_unique<SqliteBackend>(options.data_dir / kDatabaseName, options.busy_timeout_s);
  if (auto prepared = sqlite->Prepare(); !prepared) return Fail(prepared);
  auto parts = std::make_unique<Parts>(options, std::move(sqlite));
  auto opened = Guard(*parts->backend, [&] {
    {
      const auto session = parts->backend->Connect();
      Migrate(*parts->backend, *session, MigrationsOf(parts->backend->Name(), MigrationFiles()));
    }
    if (auto prepared = parts->files.Prepare(); !prepared) throw Refused(prepared.error());
    parts->writer = std::make_unique<Writer>(*parts->backend, parts->files, parts->max_waiting);
  });
  if (!opened) return Fail(opened);
  return std::unique_ptr<Store>(new Store(std::move(parts)));
}

void Store::AddPrediction(const Prediction& prediction, std::span<const std::byte> recording,
                          Done done) {
  if (auto checked = Check(prediction); !checked) return done(std::move(checked));
  if (base::Sha256Hex(recording) != prediction.sha256) {
    return done(Fail(ErrorCode::kInvalidArgument,
                     "The prediction cannot be kept: its sha256 is not that of its recording."));
  }
  Change change;
  change.sha256 = prediction.sha256;
  change.recording = recording;
  change.done = std::move(done);
  change.apply = [prediction, size = recording.size()](soci::session& session,
                                                       std::vector<std::string>& /*dropped*/) {
    InsertPrediction(session, prediction, size);
  };
  parts_->writer->Post(std::move(change));
}

Result<void> Store::AddPrediction(const Prediction& prediction,
                                  std::span<const std::byte> recording) {
  std::promise<Result<void>> promise;
  auto future = promise.get_future();
  AddPrediction(prediction, recording,
                [&promise](Result<void> result) { promise.set_value(std::move(result)); });
  return future.get();
}

Result<Prediction> Store::Get(std::string_view id) const {
  return parts_->Read([&](soci::session& session) {
    const std::string wanted(id);
    auto found = SelectPredictions(session, {&wanted, 1}, true);
    if (found.empty()) {
      throw Refused(ErrorCode::kNotFound, "The history has no prediction with this id.");
    }
    return std::move(found.front());
  });
}

Result<Page> Store::List(const Filter& filter, const PageRequest& request) const {
  if (request.limit < 1 || request.limit > PageRequest::kMaxLimit) {
    return Fail(ErrorCode::kInvalidArgument,
                "A page has 1 to " + std::to_string(PageRequest::kMaxLimit) + " predictions.");
  }
  Position after = Newest();
  if (!request.cursor.empty()) {
    auto decoded = DecodeCursor(request.cursor);
    if (!decoded) return Fail(decoded);
    after = std::move(*decoded);
  }
  return parts_->Read([&](soci::session& session) {
    const auto limit = static_cast<std::size_t>(request.limit);
    // One more than asked for tells whether there is a next page.
    auto positions = SelectPositions(session, filter, after, limit + 1);
    Page page;
    if (positions.size() > limit) {
      positions.resize(limit);
      page.next_cursor = EncodeCursor(positions.back());
    }
    std::vector<std::string> ids;
    ids.reserve(positions.size());
    for (auto& position : positions) ids.push_back(std::move(position.id));
    page.predictions = SelectPredictions(session, ids, request.with_answers);
    return page;
  });
}

Result<void> Store::ForEach(const Filter& filter,
                            const std::function<Result<void>(const Prediction&)>& visit) const {
  PageRequest request{"", 200, true};
  do {
    const auto page = List(filter, request);
    if (!page) return Fail(page);
    for (const auto& prediction : page->predictions) {
      if (auto visited = visit(prediction); !visited) return visited;
    }
    request.cursor = page->next_cursor;
  } while (!request.cursor.empty());
  return {};
}

Result<Counts> Store::Count() const {
  return parts_->Read([&](soci::session& session) {
    Counts counts;
    std::string predicted_class;
    std::string verdict;
    std::string label;
    long long count = 0;
    soci::statement statement =
        (session.prepare << "SELECT predicted_class, verdict, label, COUNT(*) FROM predictions "
                            "GROUP BY predicted_class, verdict, label",
         soci::into(predicted_class), soci::into(verdict), soci::into(label), soci::into(count));
    statement.execute();
    while (statement.fetch()) {
      counts.predictions += count;
      const auto add = [count](auto& counters, const auto& value) {
        if (value) counters[static_cast<std::size_t>(*value)] += count;
      };
      add(counts.by_class, ParsePredictedClass(predicted_class));
      add(counts.by_verdict, ParseVerdict(verdict));
      add(counts.by_label, ParseLabelValue(label));
    }
    long long recordings = 0;
    long long bytes = 0;
    session << "SELECT COUNT(*), COALESCE(SUM(size_bytes), 0) FROM recordings",
        soci::into(recordings), soci::into(bytes);
    counts.recordings = recordings;
    counts.recordings_bytes = bytes;
    counts.database_bytes = parts_->backend->UsedBytes(session);
    return counts;
  });
}

Result<RecordingBytes> Store::ReadRecording(std::string_view sha256, std::uint64_t offset,
                                            std::uint64_t length) const {
  if (!IsSha256(sha256)) return Fail(ErrorCode::kNotFound, "The history has no such recording.");
  RecordingBytes recording;
  auto bytes = parts_->files.Read(sha256, offset, length, recording.size_bytes);
  if (!bytes) return Fail(bytes);
  recording.bytes = std::move(*bytes);
  return recording;
}

}  // namespace heartbeat::store
