#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "evaluation/csv.h"
#include "evaluation/measures.h"

namespace heartbeat::evaluation {

// The recordings of testdata/scores.csv, for tests; `column` is "tied" or "untied".
inline std::vector<Scored> GoldenScores(const std::string& column) {
  std::ifstream file(std::string(HEARTBEAT_SOURCE_DIR) + "/src/evaluation/testdata/scores.csv");
  std::stringstream text;
  text << file.rdbuf();
  const CsvTable table = CsvTable::Parse(text.str()).value();
  std::vector<Scored> scored;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    scored.push_back({std::stod(table.At(i, column)), table.At(i, "abnormal") == "1"});
  }
  return scored;
}

// What testdata/make_golden.py found for them.
inline nlohmann::json Golden() {
  std::ifstream file(std::string(HEARTBEAT_SOURCE_DIR) + "/src/evaluation/testdata/golden.json");
  return nlohmann::json::parse(file);
}

}  // namespace heartbeat::evaluation
