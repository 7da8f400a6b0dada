#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/message.h"
#include "store/query.h"

namespace heartbeat::server {

// The history as CSV (RFC 4180, UTF-8, with a line of names). What a client or a model named and
// that a spreadsheet would take for a formula begins with an apostrophe.
[[nodiscard]] std::string HistoryCsvHead();
[[nodiscard]] std::string HistoryCsvRow(const store::Prediction& prediction);
// One field with what a client or a model named, guarded and quoted as in those rows.
[[nodiscard]] std::string ForeignCsvField(std::string_view text);

// The rows of all pages, one page at a time.
class HistoryCsv final : public BodySource {
 public:
  // Gives the page behind a cursor; "" is the first.
  using NextPage = std::function<base::Result<store::Page>(const std::string& cursor)>;
  explicit HistoryCsv(NextPage next_page) : next_page_(std::move(next_page)) {}

  [[nodiscard]] base::Result<std::string> Next() override;
  // Whether Next has given all rows.
  [[nodiscard]] bool done() const { return done_; }

 private:
  NextPage next_page_;
  std::string cursor_;
  bool done_ = false;
};

}  // namespace heartbeat::server
