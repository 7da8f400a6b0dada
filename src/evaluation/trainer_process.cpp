#include "evaluation/trainer_process.h"

#include <chrono>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>

#include "base/child_process.h"
#include "base/file.h"

namespace heartbeat::evaluation {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

constexpr std::string_view kSaysItself = "heartbeat-train: ";

// The last line that is not empty.
std::string LastLine(const std::filesystem::path& file) {
  const auto text = base::ReadTextFile(file);
  if (!text) return "";
  const std::size_t end = text->find_last_not_of("\r\n ");
  if (end == std::string::npos) return "";
  const std::size_t newline = text->find_last_of('\n', end);
  const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
  return text->substr(begin, end + 1 - begin);
}

}  // namespace

Result<void> RunTrainer(const TrainerCall& call, const std::atomic<bool>& stop,
                        const std::function<void()>& on_wait) {
  if (stop) return Fail(ErrorCode::kCancelled, "stopped");
  auto child = base::ChildProcess::Start({call.trainer, call.arguments, call.out, call.err});
  if (!child) return Fail(child);
  std::optional<int> code;
  bool interrupted = false;
  while (!(code = child->Poll())) {
    if (stop && !interrupted) {
      child->Interrupt();
      interrupted = true;
    }
    if (on_wait) on_wait();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  // It may have been done already when it was interrupted.
  if (*code == 0) {
    std::error_code ignored;  // a file left over harms nobody
    std::filesystem::remove(call.err, ignored);
    return {};
  }
  if (interrupted) return Fail(ErrorCode::kCancelled, "stopped");
  std::string message = LastLine(call.err);
  if (message.starts_with(kSaysItself)) message.erase(0, kSaysItself.size());
  if (message.empty()) message = "it said nothing";
  constexpr int kWrongUsage = 2;
  return Fail(*code == kWrongUsage ? ErrorCode::kInvalidArgument : ErrorCode::kInternal,
              "heartbeat-train ended with exit code " + std::to_string(*code) + ": " + message);
}

}  // namespace heartbeat::evaluation
