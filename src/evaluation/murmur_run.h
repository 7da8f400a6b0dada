#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "analysis/analyzer.h"
#include "base/result.h"
#include "evaluation/model_run.h"
#include "evaluation/murmur_measures.h"
#include "evaluation/murmur_patients.h"

namespace heartbeat::evaluation {

struct MurmurRunOptions {
  std::filesystem::path model;    // ONNX, with the output "murmur"
  std::vector<std::string> data;  // dataset folders (ReadDataset)
  std::string split;              // only its rows; empty: every row
  unsigned threads = 0;           // 0: one per core
  MeasureOptions measures;        // of which the prevalence is not used
};

// All that the protocol circor-murmur found.
struct MurmurResults {
  // Of the JSON below; raised when a field changes its meaning or goes.
  static constexpr int kSchemaVersion = 1;

  std::string program_version;
  std::vector<std::string> data;
  std::string split;
  analysis::ModelIdentity model;
  std::size_t resamples = 0;
  MurmurMeasures measures;
  std::vector<MurmurPatient> patients;
  std::vector<ScoredMurmur> recordings;  // of those patients
};

// Hears the recordings whose patient_murmur is known through the serving path, joins those of a
// patient (JoinPatients) and measures. Errors: those of analysis::Analyzer::LoadFile, ReadDataset
// and JoinPatients; kInvalidArgument where the model has no murmur output, or no row has the split;
// kCancelled.
[[nodiscard]] base::Result<MurmurResults> RunMurmur(const MurmurRunOptions& options,
                                                    const std::atomic<bool>& stop,
                                                    const ModelRunObserver& observer);

// The schema is docs/evaluating.md.
[[nodiscard]] nlohmann::json ToJson(const MurmurResults& results);
// For people: the figures with 95 % intervals, then who was called what.
[[nodiscard]] std::string ToTable(const MurmurMeasures& measures);
// A header line, then one line a patient:
//   database,patient,truth,called,present,unknown,absent,recordings,poor_quality,refused
// with the patient's probabilities, which are empty where nothing was heard.
[[nodiscard]] std::string PatientsCsv(std::span<const MurmurPatient> patients);
// A header line, then one line a recording:
//   record,database,patient,location,murmur_at_location,patient_murmur,present,unknown,absent,
//   poor_quality,error
[[nodiscard]] std::string RecordingsCsv(std::span<const ScoredMurmur> recordings);

// A page that stands alone (html.h), of ToJson(results). Errors: kInvalidArgument where `document`
// is not such a document.
[[nodiscard]] base::Result<std::string> MurmurPage(const nlohmann::json& document);

}  // namespace heartbeat::evaluation
