#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <system_error>
#include <thread>

#include "base/digest.h"
#include "store/test_history.h"

namespace heartbeat::store {
namespace {

namespace fs = std::filesystem;

// 20, or what HEARTBEAT_CRASH_ROUNDS says.
int Rounds() {
  const char* rounds = std::getenv("HEARTBEAT_CRASH_ROUNDS");
  return rounds == nullptr ? 20 : std::atoi(rounds);
}

std::uintmax_t SizeOf(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error ? 0 : size;
}

// Starts the writer, kills it `after` its first acknowledgement, or `after` its start where that is
// not awaited, and gives the status that it ended with.
int RunAndKill(const fs::path& data_dir, const fs::path& acknowledged, int seed, bool at_work,
               std::chrono::milliseconds after) {
  const std::string seed_text = std::to_string(seed);
  const auto size_before = SizeOf(acknowledged);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int out = ::open(acknowledged.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::execl(HEARTBEAT_STORE_WRITER, HEARTBEAT_STORE_WRITER, data_dir.c_str(), seed_text.c_str(),
            nullptr);
    ::_exit(127);
  }
  // However slow the machine is: until it is at work, or has given up.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (at_work && SizeOf(acknowledged) == size_before &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::this_thread::sleep_for(after);
  ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

// Id and SHA-256 of each whole line: the last one may be cut off.
std::map<std::string, std::string> ReadAcknowledged(const fs::path& file) {
  std::ifstream stream(file);
  std::map<std::string, std::string> acknowledged;
  std::string id;
  std::string sha256;
  while (stream >> id >> sha256) {
    if (sha256.size() == 64) acknowledged[id] = sha256;
  }
  return acknowledged;
}

TEST(StoreCrash, WhatWasAcknowledgedIsThereAndWhole) {
  TestFolder folder;
  const fs::path data_dir = folder / "data";
  const fs::path lines = folder / "acknowledged";
  std::mt19937 random(20261125);
  const int rounds = Rounds();
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    // Each fifth time before or while it opens the history.
    const bool at_work = round % 5 != 4;
    const std::chrono::milliseconds after(random() % (at_work ? 400 : 80));
    const int status = RunAndKill(data_dir, lines, round, at_work, after);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << "the writer ended by itself with " << WEXITSTATUS(status);

    const auto store = OpenStore(data_dir);
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ(CountFiles(data_dir / "recordings" / "incoming"), 0U);
    ASSERT_TRUE((*store)->RemoveOrphans());
    const auto report = (*store)->Verify({true, 0});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->findings_total, 0);
    EXPECT_EQ(CountFiles(data_dir / "recordings"), static_cast<std::size_t>(report->recordings));
    for (const auto& [id, sha256] : ReadAcknowledged(lines)) {
      const auto prediction = (*store)->Get(id);
      ASSERT_TRUE(prediction) << prediction.error().message;
      EXPECT_EQ(prediction->sha256, sha256);
      EXPECT_TRUE(prediction->answer.starts_with("{\"id\":\"" + id)) << "half an answer";
    }
  }
  const std::size_t acknowledged = ReadAcknowledged(lines).size();
  EXPECT_GE(acknowledged, static_cast<std::size_t>(rounds)) << "too few to say anything";
  std::printf("%d kills, %zu acknowledged predictions, none lost\n", rounds, acknowledged);
}

}  // namespace
}  // namespace heartbeat::store
