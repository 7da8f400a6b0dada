#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"

namespace soci {
class session;
}

namespace heartbeat::store {

// What differs between the databases that can hold the history; all else is SQL that each of them
// speaks. The suites of conformance.h hold each to Store. The functions with a session throw
// soci::soci_error; Guard turns that into a Result.
class Backend {
 public:
  virtual ~Backend() = default;

  // Migrations named `….<name>.sql` are this one's alone.
  [[nodiscard]] virtual std::string_view Name() const = 0;
  // A connection of one's own, ready for use.
  [[nodiscard]] virtual std::unique_ptr<soci::session> Connect() const = 0;
  // Begins a transaction in which this session alone, of all programs, may write; waits for its
  // turn.
  virtual void BeginWrite(soci::session& session) const = 0;
  // Several statements without parameters.
  virtual void RunScript(soci::session& session, std::string_view script) const = 0;
  // What the database holds, without space that it keeps for later.
  [[nodiscard]] virtual std::int64_t UsedBytes(soci::session& session) const = 0;
  // Gives some of the space that nothing holds back to the disk, in a transaction that may write;
  // true: there is more.
  [[nodiscard]] virtual bool ReleaseSpace(soci::session& session) const = 0;
  // What was committed goes where it is to stay, as far as no reader is in the way; in no
  // transaction.
  virtual void Settle(soci::session& session) const = 0;
  // What the database itself finds damaged; empty where it is sound.
  [[nodiscard]] virtual std::vector<std::string> CheckIntegrity(soci::session& session) const = 0;
  // A copy of one moment, as an SQLite file: `file` is empty or missing; in no transaction.
  virtual void CopyInto(soci::session& session, const std::filesystem::path& file) const = 0;
  // The sentence for what a library threw. Never what it says itself, which has values in it.
  [[nodiscard]] virtual base::Error Explain(const std::exception& failure) const = 0;
};

// Ends a transaction's function with an error of ours.
class Refused : public std::exception {
 public:
  explicit Refused(base::Error error) : error_(std::move(error)) {}
  Refused(base::ErrorCode code, std::string message) : error_{code, std::move(message)} {}
  [[nodiscard]] const base::Error& error() const { return error_; }
  [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }

 private:
  base::Error error_;
};

// `function()` as a Result, whatever it throws.
template <typename Function>
[[nodiscard]] auto Guard(const Backend& backend, Function&& function)
    -> base::Result<std::invoke_result_t<Function>> {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Function>>) {
      std::forward<Function>(function)();
      return {};
    } else {
      return std::forward<Function>(function)();
    }
  } catch (const Refused& refused) {
    return std::unexpected(refused.error());
  } catch (const std::exception& failure) {
    return std::unexpected(backend.Explain(failure));
  }
}

}  // namespace heartbeat::store
