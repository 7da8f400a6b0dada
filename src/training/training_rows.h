#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "evaluation/dataset.h"
#include "training/config.h"

namespace heartbeat::training {

struct TrainingRows {
  std::vector<evaluation::DatasetEntry> rows;
  std::size_t without_label = 0;  // left out: there is nothing to learn from them
  std::size_t with_murmur = 0;    // of the rows: those with a murmur label, if that is learned
};

// The recordings that a run learns from and holds out of: those of config.split, or without a
// split, in the order of the folders, with a label or, where murmurs are
// learned, a murmur label; where murmur.label_weight is over 0, with the label that it stands for.
// Where config.rows names a file, those of its rows alone: a table with columns database and
// record. Errors: those of evaluation::ReadDataset; kInvalidArgument where nothing with a label is
// left, a class is missing, murmurs that are present or absent are, or a row of the file is not
// there, stands in the data or the file twice, has no label, or belongs to another split: such a
// file was made for other data, and learning from a part of it would go unnoticed.
[[nodiscard]] base::Result<TrainingRows> ReadTrainingRows(const DataConfig& config,
                                                          const MurmurConfig& murmur = {});

}  // namespace heartbeat::training
