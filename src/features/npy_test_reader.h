#pragma once

#include <bit>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace heartbeat::features {

// What NumPy wrote, read independently of npy.cpp. For tests alone: throws on anything unexpected.
struct NpyArray {
  std::vector<std::size_t> shape;
  std::vector<float> values;  // C order
};

// Format 1.0, '<f4' or '<i2', C order.
inline NpyArray ParseNpy(std::string_view bytes) {
  if (!bytes.starts_with(std::string_view("\x93NUMPY\x01\x00", 8)) || bytes.size() < 10) {
    throw std::runtime_error("not a .npy file of version 1.0");
  }
  const auto byte = [&](std::size_t i) {
    return std::uint32_t{static_cast<std::uint8_t>(bytes[i])};
  };
  const std::size_t data = 10 + byte(8) + 256 * byte(9);
  if (data > bytes.size() || data % 64 != 0) throw std::runtime_error("a header of a wrong size");
  const auto header = bytes.substr(10, data - 10);
  if (header.find("'fortran_order': False") == std::string_view::npos) {
    throw std::runtime_error("not in C order");
  }
  const bool is_float = header.find("'descr': '<f4'") != std::string_view::npos;
  if (!is_float && header.find("'descr': '<i2'") == std::string_view::npos) {
    throw std::runtime_error("neither float32 nor int16");
  }
  NpyArray array;
  std::size_t count = 1;
  const auto open = header.find("'shape': (");
  if (open == std::string_view::npos) throw std::runtime_error("no shape");
  for (auto text = header.substr(open + 10, header.find(')') - open - 10); !text.empty();) {
    std::size_t size = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), size);
    if (end.ec != std::errc()) break;
    array.shape.push_back(size);
    count *= size;
    text.remove_prefix(static_cast<std::size_t>(end.ptr - text.data()));
    while (!text.empty() && (text.front() == ',' || text.front() == ' ')) text.remove_prefix(1);
  }
  const std::size_t item = is_float ? 4 : 2;
  if (data + count * item != bytes.size()) throw std::runtime_error("data of a wrong size");
  for (std::size_t i = data; i < bytes.size(); i += item) {
    if (is_float) {
      array.values.push_back(
          std::bit_cast<float>(byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24));
    } else {
      array.values.push_back(static_cast<std::int16_t>(byte(i) | byte(i + 1) << 8));
    }
  }
  return array;
}

inline NpyArray ReadNpy(const std::filesystem::path& path) {
  const auto bytes = base::ReadTextFile(path);
  if (!bytes) throw std::runtime_error(bytes.error().message);
  return ParseNpy(*bytes);
}

}  // namespace heartbeat::features
