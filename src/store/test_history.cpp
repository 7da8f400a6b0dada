#include "store/test_history.h"

#include <stdlib.h>

#include <random>
#include <stdexcept>

#include "base/digest.h"
#include "base/id.h"

namespace heartbeat::store {

namespace fs = std::filesystem;

TestFolder::TestFolder() {
  std::string name = (fs::temp_directory_path() / "heartbeat-store-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for a test");
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

std::vector<std::byte> TestRecording(std::uint64_t seed, std::size_t size) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

Prediction TestPrediction(const std::vector<std::byte>& recording, std::int64_t time_ms) {
  Prediction prediction;
  prediction.id = base::NewId();
  prediction.time = Time(std::chrono::milliseconds(time_ms));
  prediction.file_name = "Auskultation Ä 1.wav";
  prediction.sha256 = base::Sha256Hex(recording);
  prediction.predicted_class = PredictedClass::kAbnormal;
  prediction.verdict = Verdict::kUncertain;
  prediction.probability_abnormal = 0.625;
  prediction.confidence = 0.625;
  prediction.threshold = 0.53125;
  prediction.duration_s = 20.8;
  prediction.processing_time_s = 0.0031;
  prediction.model = {"heartbeat", "2", std::string(64, 'a')};
  prediction.patient_ref = "study-0042";
  prediction.location = "MV";
  prediction.quality = Quality{false, {"truncated", "too quiet"}};
  prediction.answer =
      R"({"id":")" + prediction.id + R"(","file_name":"Auskultation \u00c4 1.wav"})";
  return prediction;
}

base::Result<std::unique_ptr<Store>> OpenStore(const fs::path& data_dir) {
  StoreOptions options;
  options.data_dir = data_dir;
  return Store::Open(options);
}

fs::path RecordingPath(const fs::path& data_dir, const std::string& sha256) {
  return data_dir / "recordings" / sha256.substr(0, 2) / (sha256.substr(2) + ".bin");
}

std::size_t CountFiles(const fs::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) ++count;
  }
  return count;
}

}  // namespace heartbeat::store
