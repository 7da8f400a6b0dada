#include "cli/default_model.h"

#include <system_error>

#include "base/file.h"

namespace heartbeat::cli {

namespace fs = std::filesystem;

std::vector<fs::path> DefaultModelPlaces(const fs::path& program_folder) {
  return {
      (program_folder / "../share/heartbeat/models/heartbeat.onnx").lexically_normal(),
#ifdef HEARTBEAT_SOURCE_DIR
      fs::path(HEARTBEAT_SOURCE_DIR) / "models/heartbeat.onnx",
#endif
  };
}

base::Result<fs::path> FindModel(const std::vector<fs::path>& places) {
  std::string looked;
  for (const fs::path& place : places) {
    std::error_code ignored;  // a place that cannot be looked at holds none
    if (fs::is_regular_file(place, ignored)) return place;
    looked += (looked.empty() ? "" : " nor ") + place.string();
  }
  return base::Fail(base::ErrorCode::kNoModel,
                    "there is no model at " + looked + "; name one with --model FILE");
}

base::Result<fs::path> ModelPath(const fs::path& named) {
  if (!named.empty()) return named;
  const auto program = base::ExecutablePath();
  if (!program) return base::Fail(program);
  return FindModel(DefaultModelPlaces(program->parent_path()));
}

}  // namespace heartbeat::cli
