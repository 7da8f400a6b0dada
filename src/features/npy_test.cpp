#include "features/npy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string_view>

#include "features/npy_test_reader.h"

namespace heartbeat::features {
namespace {

std::string_view Text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Npy, HoldsShapeAndValues) {
  const Spectrogram spectrogram{2, 3, {0, -1.5F, 2, 1e-30F, -80, 3.1415927F}};
  const auto array = ParseNpy(Text(ToNpy(spectrogram)));
  EXPECT_EQ(array.shape, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(array.values, spectrogram.values);
}

TEST(Npy, BytesAreThoseOfTheFormat) {
  const auto bytes = ToNpy({1, 1, {1.0F}});
  const auto text = Text(bytes);
  // As numpy.save writes a float32 array of shape (1, 1): the data begin at a multiple of 64.
  ASSERT_EQ(bytes.size(), 128U + 4U);
  EXPECT_EQ(text.substr(0, 10), std::string_view("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_TRUE(
      text.substr(10).starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }"));
  EXPECT_EQ(text[127], '\n');
  EXPECT_EQ(text.substr(128), std::string_view("\x00\x00\x80\x3f", 4));
}

TEST(Npy, HeaderIsAlignedForEveryShape) {
  for (const int frames : {0, 1, 12, 123, 1234, 12345, 1234567}) {
    // Zero bands: the header alone.
    EXPECT_EQ(ToNpy({0, frames, {}}).size() % 64, 0U) << frames;
  }
}

}  // namespace
}  // namespace heartbeat::features
