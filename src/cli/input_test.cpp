#include "cli/input.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace heartbeat::cli {
namespace {

using base::ErrorCode;

// What comes out of a pipe into which `size` bytes were written.
base::Result<std::vector<std::byte>> Piped(std::size_t size, std::size_t max_bytes) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  std::jthread writer([&, end = ends[1]] {
    for (std::size_t i = 0; i < size; ++i) {
      const char byte = static_cast<char>(i % 251);
      if (::write(end, &byte, 1) != 1) break;
    }
    ::close(end);
  });
  auto result = ReadDescriptor(ends[0], "the pipe", max_bytes);
  // The writer may still be at it: whoever reads no further must not make it wait.
  std::array<char, 4096> rest{};
  while (::read(ends[0], rest.data(), rest.size()) > 0) {
  }
  writer.join();
  ::close(ends[0]);
  return result;
}

TEST(ReadDescriptor, ReadsToTheEnd) {
  EXPECT_TRUE(Piped(0, 10).value().empty());
  const auto bytes = Piped(200'000, 1'000'000);
  ASSERT_EQ(bytes.value().size(), 200'000U);
  EXPECT_EQ(bytes.value()[199'999], static_cast<std::byte>(199'999 % 251));
}

TEST(ReadDescriptor, TakesNoMoreThanAllowed) {
  EXPECT_EQ(Piped(100'000, 100'000).value().size(), 100'000U);
  const auto result = Piped(100'001, 100'000);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kBodyTooLarge);
}

TEST(ReadDescriptor, WhatCannotBeReadSaysWhy) {
  const auto result = ReadDescriptor(-1, "the pipe", 10);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kIo);
  EXPECT_EQ(result.error().message, "cannot read the pipe: Bad file descriptor");
}

TEST(ReadInput, AMissingFileIsNotFound) {
  const auto result = ReadInput("/none/a.wav", 10);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace heartbeat::cli
