#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace heartbeat::base {

struct ChildOptions {
  std::filesystem::path program;
  std::vector<std::string> arguments;  // without the program's own name
  std::filesystem::path out;           // takes standard output; empty: nobody does
  std::filesystem::path err;           // takes standard error; empty: nobody does
};

// A program that runs beside this one. It has no standard input and a process group of its own: a
// Ctrl-C at the terminal reaches it only through Interrupt. It is asked to end (SIGTERM) should the
// thread that started it end first, so that nothing is left behind by a crash. Linux only.
class ChildProcess {
 public:
  // Errors: kIo where it cannot be started or a file cannot be made.
  [[nodiscard]] static Result<ChildProcess> Start(const ChildOptions& options);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();  // kills it where it still runs

  // Its exit code once it has ended, 128 + the signal's number where a signal ended it; nothing
  // while it runs.
  [[nodiscard]] std::optional<int> Poll();
  // SIGINT to it and to what it started.
  void Interrupt();

 private:
  explicit ChildProcess(int pid) : pid_(pid) {}
  int pid_;
  std::optional<int> exit_code_;
};

}  // namespace heartbeat::base
