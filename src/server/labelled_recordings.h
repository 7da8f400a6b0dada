#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace heartbeat::server {

// A recording of which it is known how it sounds.
struct LabelledRecording {
  std::string sha256;
  bool is_abnormal = false;
  std::string extension;       // such as ".flac"
  std::string patient;         // a number in place of the reference; empty where it is not known
  std::filesystem::path file;  // in the training folder; empty: the history has it
};

struct LabelledRecordings {
  std::vector<LabelledRecording> recordings;  // each once, by its bytes
  std::size_t normal = 0;
  std::size_t abnormal = 0;
  std::size_t from_history = 0;
  std::size_t from_folder = 0;
  // Those whose recordings there are of a class; one of an unknown person counts as one's own.
  std::size_t normal_people = 0;
  std::size_t abnormal_people = 0;
};

// Those of DATA_DIR/train/{normal,abnormal}, and of the history those whose newest label is normal
// or abnormal; of several predictions of the same bytes, the newest that has a label counts. The
// folder goes before the history, and what lies in both of its classes is left out. Errors: those
// of the history; kIo.
[[nodiscard]] base::Result<LabelledRecordings> CollectLabelled(
    const store::Store& history, const std::filesystem::path& data_dir);

// Makes `folder`, where there must be none, and puts the recordings into it as a dataset with a
// manifest (evaluation::ReadDataset): hard links where the file system has them, else copies. One
// that was deleted meanwhile is left out. Errors: kIo.
[[nodiscard]] base::Result<void> LayOut(const LabelledRecordings& labelled,
                                        const std::filesystem::path& data_dir,
                                        const std::filesystem::path& folder);

}  // namespace heartbeat::server
