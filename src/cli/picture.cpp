#include "cli/picture.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace heartbeat::cli {

std::string Picture(const features::Spectrogram& spectrogram, std::size_t rows,
                    std::size_t columns) {
  constexpr std::string_view kShades = " .:-=+*#%@";
  const auto mel_bands = static_cast<std::size_t>(spectrogram.mel_bands);
  const auto frames = static_cast<std::size_t>(spectrogram.frames);
  rows = std::min(rows, mel_bands);
  columns = std::min(columns, frames);
  if (rows == 0 || columns == 0) return {};

  std::vector<double> cells;  // [row, column], the lowest band first
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      double sum = 0;
      std::size_t count = 0;
      for (std::size_t mel = row * mel_bands / rows; mel < (row + 1) * mel_bands / rows; ++mel) {
        for (std::size_t frame = column * frames / columns; frame < (column + 1) * frames / columns;
             ++frame) {
          sum += spectrogram.values[mel * frames + frame];
          ++count;
        }
      }
      cells.push_back(sum / static_cast<double>(count));
    }
  }
  const auto [low, high] = std::ranges::minmax(cells);
  std::string text;
  for (std::size_t row = rows; row-- > 0;) {
    for (std::size_t column = 0; column < columns; ++column) {
      const double share = high > low ? (cells[row * columns + column] - low) / (high - low) : 0.0;
      text +=
          kShades[std::min(static_cast<std::size_t>(share * kShades.size()), kShades.size() - 1)];
    }
    text += '\n';
  }
  return text;
}

}  // namespace heartbeat::cli
