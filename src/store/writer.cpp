#include "store/writer.h"

#include <soci/soci.h>

#include <exception>
#include <future>
#include <string>
#include <utility>

#include "base/log.h"
#include "store/transaction.h"

namespace heartbeat::store {
namespace {

using base::ErrorCode;
using base::Result;

// What is written together: enough that a sync costs each little, and few enough that the first
// need not wait long for the last.
constexpr std::size_t kMaxChanges = 64;
constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

}  // namespace

Writer::Writer(const Backend& backend, const RecordingFiles& files, int max_waiting)
    : backend_(backend),
      files_(files),
      max_waiting_(static_cast<std::size_t>(max_waiting)),
      session_(backend.Connect()) {
  thread_ = std::thread([this] { Loop(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  posted_.notify_one();
  thread_.join();
}

void Writer::Post(Change change) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < max_waiting_) {
      waiting_.push_back(std::move(change));
      posted_.notify_one();
      return;
    }
  }
  change.done(base::Fail(ErrorCode::kQueueFull,
                         "Too many changes of the history wait to be written. Try again later."));
}

Result<void> Writer::Run(std::function<void(soci::session&, std::vector<std::string>&)> apply) {
  std::promise<Result<void>> promise;
  auto future = promise.get_future();
  Change change;
  change.apply = std::move(apply);
  change.done = [&promise](Result<void> result) { promise.set_value(std::move(result)); };
  Post(std::move(change));
  return future.get();
}

void Writer::Loop() {
  while (true) {
    std::vector<Change> batch;
    {
      std::unique_lock lock(mutex_);
      posted_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      std::size_t bytes = 0;
      while (!waiting_.empty() && batch.size() < kMaxChanges && bytes < kMaxBytes) {
        bytes += waiting_.front().recording.size();
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
    }
    try {
      Write(batch);
    } catch (const std::exception&) {
      // Such as no memory for anything that stands beside the guarded parts. Who waits for an
      // answer must have one, and this thread goes on for the others.
      FailWhatIsOpen(batch);
    }
  }
}

void Writer::FailWhatIsOpen(std::vector<Change>& batch) {
  for (auto& change : batch) {
    if (change.done) {
      Tell(change, base::Fail(ErrorCode::kIo, "There was no memory to write the history."));
    }
  }
}

void Writer::Tell(Change& change, Result<void> result) {
  const auto done = std::exchange(change.done, nullptr);
  try {
    done(std::move(result));
  } catch (const std::exception& failure) {
    // Whoever it belongs to hears nothing; what the others hear must still be true.
    base::LogError(std::string("whoever waits for a change of the history is not told of it: ") +
                   failure.what());
  }
}

void Writer::Write(std::vector<Change>& batch) {
  std::vector<IncomingRecording> incoming;
  std::vector<std::size_t> changes;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (batch[i].sha256.empty()) continue;
    incoming.push_back({batch[i].sha256, batch[i].recording, {}});
    changes.push_back(i);
  }
  if (!incoming.empty()) {
    const auto written = Guard(backend_, [&] { files_.Write(incoming); });
    for (std::size_t i = 0; i < incoming.size(); ++i) {
      batch[changes[i]].result = written ? incoming[i].result : written;
    }
  }

  const auto committed = Guard(backend_, [&] {
    Transaction transaction(backend_, *session_);
    for (auto& change : batch) {
      if (change.result) change.result = Apply(change);
    }
    transaction.Commit();
  });
  std::vector<std::string> dropped;
  for (auto& change : batch) {
    if (!committed) {
      if (change.result) change.result = committed;
      change.dropped.clear();
    }
    // A recording whose row did not come may have a file that nobody wants.
    if (!change.result && !change.sha256.empty()) change.dropped.push_back(change.sha256);
    if (change.dropped.empty()) {
      Tell(change, std::move(change.result));
    } else {
      dropped.insert(dropped.end(), change.dropped.begin(), change.dropped.end());
    }
  }
  if (dropped.empty()) return;
  // Who deleted a prediction hears of it when its recording is gone too.
  const auto removed = RemoveFiles(backend_, *session_, files_, dropped);
  for (auto& change : batch) {
    if (!change.done) continue;
    if (change.result && !removed) change.result = base::Fail(removed);
    Tell(change, std::move(change.result));
  }
}

Result<void> Writer::Apply(Change& change) {
  backend_.RunScript(*session_, "SAVEPOINT change");
  auto applied = Guard(backend_, [&] {
    if (!change.sha256.empty() && !files_.IsPresent(change.sha256, change.recording.size())) {
      // Another program has deleted its last prediction since it was written.
      IncomingRecording again{change.sha256, change.recording, {}};
      files_.Write({&again, 1});
      if (!again.result) throw Refused(again.result.error());
    }
    change.apply(*session_, change.dropped);
  });
  if (!applied) {
    change.dropped.clear();
    const auto undone =
        Guard(backend_, [&] { backend_.RunScript(*session_, "ROLLBACK TO SAVEPOINT change"); });
    // The database has given up the whole transaction, as it does when the disk is full.
    if (!undone) throw Refused(applied.error());
  }
  backend_.RunScript(*session_, "RELEASE SAVEPOINT change");
  return applied;
}

Result<int> Writer::RemoveFiles(const Backend& backend, soci::session& session,
                                const RecordingFiles& files, std::span<const std::string> sha256s) {
  return Guard(backend, [&] {
    int removed = 0;
    const Transaction transaction(backend, session);
    for (const auto& sha256 : sha256s) {
      long long wanted = 0;
      session << "SELECT COUNT(*) FROM recordings WHERE sha256 = :sha256", soci::into(wanted),
          soci::use(sha256, "sha256");
      if (wanted > 0) continue;
      if (auto gone = files.Remove(sha256); !gone) throw Refused(gone.error());
      ++removed;
    }
    return removed;
  });
}

}  // namespace heartbeat::store
