#include "evaluation/picture.h"

#include <png.h>

#include <algorithm>
#include <array>

namespace heartbeat::evaluation {
namespace {

using Colour = std::array<std::uint8_t, 3>;

// Every eighth of matplotlib's 256 colours; straight lines between them stay within 2 of 255.
constexpr std::array<Colour, 33> kMagma = {{
    {0, 0, 4},       {3, 3, 18},      {10, 8, 34},     {19, 13, 52},    {29, 17, 71},
    {41, 17, 90},    {54, 16, 107},   {68, 15, 118},   {81, 18, 124},   {93, 23, 127},
    {106, 28, 129},  {118, 33, 129},  {131, 38, 129},  {144, 42, 129},  {156, 46, 127},
    {170, 51, 125},  {183, 55, 121},  {194, 59, 117},  {207, 64, 112},  {219, 71, 106},
    {229, 80, 100},  {238, 91, 94},   {244, 105, 92},  {249, 120, 93},  {251, 135, 97},
    {253, 150, 104}, {254, 165, 113}, {254, 180, 123}, {254, 194, 135}, {254, 209, 148},
    {253, 224, 161}, {252, 238, 176}, {252, 253, 191},
}};
constexpr int kShades = 256;

std::array<std::uint8_t, std::size_t{3} * kShades> MakePalette() {
  std::array<std::uint8_t, std::size_t{3} * kShades> palette{};
  constexpr int kParts = static_cast<int>(kMagma.size()) - 1;
  for (int shade = 0; shade < kShades; ++shade) {
    const int scaled = shade * kParts;
    const int part = std::min(scaled / (kShades - 1), kParts - 1);
    const int within = scaled - part * (kShades - 1);
    for (int channel = 0; channel < 3; ++channel) {
      const int low = kMagma[part][channel];
      const int high = kMagma[part + 1][channel];
      const int value =
          (low * (kShades - 1 - within) + high * within + (kShades - 1) / 2) / (kShades - 1);
      palette[3 * shade + channel] = static_cast<std::uint8_t>(value);
    }
  }
  return palette;
}

}  // namespace

base::Result<std::vector<std::byte>> EncodePng(std::span<const std::uint8_t> shades,
                                               std::size_t width) {
  constexpr std::size_t kMaxSide = 1 << 16;
  if (shades.empty() || width == 0 || width > kMaxSide || shades.size() % width != 0 ||
      shades.size() / width > kMaxSide) {
    return base::Fail(base::ErrorCode::kInvalidArgument, "A picture needs whole rows of pixels.");
  }
  static const auto palette = MakePalette();
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(shades.size() / width);
  image.format = PNG_FORMAT_RGB_COLORMAP;
  image.colormap_entries = kShades;
  png_alloc_size_t size = 0;
  std::vector<std::byte> bytes;
  bool written =
      png_image_write_get_memory_size(image, size, 0, shades.data(), 0, palette.data()) != 0;
  if (written) {
    bytes.resize(size);
    written = png_image_write_to_memory(&image, bytes.data(), &size, 0, shades.data(), 0,
                                        palette.data()) != 0;
  }
  if (!written) {
    return base::Fail(base::ErrorCode::kInternal, "The picture could not be written as PNG.");
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace heartbeat::evaluation
