#pragma once

#include <memory>

#include "store/backend.h"
#include "store/recording_files.h"
#include "store/session_pool.h"
#include "store/store.h"
#include "store/writer.h"

namespace heartbeat::store {

// Store::Parts, of which the files of Store's functions know.
struct Store::Parts {
  Parts(const StoreOptions& options, std::unique_ptr<Backend> the_backend)
      : backend(std::move(the_backend)),
        files(options.data_dir / "recordings"),
        readers(*backend, options.max_readers),
        max_waiting(options.max_waiting) {}

  // `function(session)` with a session for reading, as a Result.
  template <typename Function>
  [[nodiscard]] auto Read(Function&& function)
      -> base::Result<std::invoke_result_t<Function, soci::session&>> {
    return Guard(*backend, [&] {
      const auto lease = readers.Acquire();
      return std::forward<Function>(function)(*lease);
    });
  }

  std::unique_ptr<Backend> backend;
  RecordingFiles files;
  SessionPool readers;
  int max_waiting;
  // Last: it ends, writing what waits, before what it uses goes.
  std::unique_ptr<Writer> writer;
};

inline constexpr const char* kDatabaseName = "heartbeat.db";

}  // namespace heartbeat::store
