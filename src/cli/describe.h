#pragma once

#include <string>
#include <vector>

namespace heartbeat::cli {

// What `heartbeat evaluate --describe` is given.
struct DescribeOptions {
  std::vector<std::string> data;  // folders of datasets
  std::string split;              // only recordings of this split; empty: all
  std::string out;                // folder for describe.html and describe.json; empty: the current
  bool as_json = false;           // the JSON on standard output instead of the table
  unsigned threads = 0;
  bool quiet = false;
};

// Describes the datasets together, so that copies between them are found, and writes the report;
// gives the exit code: 1 where a recording cannot be heard.
[[nodiscard]] int Describe(const DescribeOptions& options);

}  // namespace heartbeat::cli
