#include "server/recording_routes.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "server/byte_range.h"
#include "server/etag.h"
#include "server/header_value.h"
#include "server/history.h"
#include "server/problem.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;

constexpr int kPartialContent = 206;
constexpr int kNotModified = 304;
constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << 20;  // that are in memory at a time

// By the format that decoding found, as the answer has it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kMediaTypes = {{
    {"WAV", "audio/wav"},
    {"FLAC", "audio/flac"},
    {"OGG", "audio/ogg"},
    {"MP3", "audio/mpeg"},
}};

std::string MediaType(const store::Prediction& prediction) {
  const auto answer = nlohmann::json::parse(prediction.answer, nullptr, false);
  const auto format = answer.is_object() && answer.contains("recording")
                          ? answer["recording"].value("format", "")
                          : std::string();
  const auto found =
      std::ranges::find(kMediaTypes, format, &decltype(kMediaTypes)::value_type::first);
  return std::string(found == kMediaTypes.end() ? "application/octet-stream" : found->second);
}

// A part of a recording, piece by piece.
class RecordingPart final : public BodySource {
 public:
  RecordingPart(const store::Store& history, std::string sha256, ByteRange left)
      : history_(history), sha256_(std::move(sha256)), left_(left) {}

  [[nodiscard]] base::Result<std::string> Next() override {
    const auto wanted = std::min(left_.length, kPieceBytes);
    if (wanted == 0) return std::string();
    const auto read = history_.ReadRecording(sha256_, left_.offset, wanted);
    if (!read) return Fail(read);
    if (read->bytes.size() != wanted) {
      return Fail(ErrorCode::kIo, "a recording is shorter than it was when its answer began");
    }
    left_.offset += wanted;
    left_.length -= wanted;
    return std::string(reinterpret_cast<const char*>(read->bytes.data()), read->bytes.size());
  }
  [[nodiscard]] std::uint64_t left() const { return left_.length; }

 private:
  const store::Store& history_;
  std::string sha256_;
  ByteRange left_;
};

// The range that is to be answered; nullopt: everything.
std::optional<ByteRange> RangeOf(const Request& request, std::string_view etag,
                                 std::uint64_t size) {
  const auto* range = request.headers.Find("Range");
  // RFC 9110: 14.2 defines it for GET alone; If-Range (13.1.5) asks for everything where the client
  // has a part of something else.
  if (range == nullptr || request.method != "GET") return std::nullopt;
  const auto* condition = request.headers.Find("If-Range");
  if (condition != nullptr && Trim(*condition) != etag) return std::nullopt;
  return ParseByteRange(*range, size);
}

Response NotSatisfiable(std::uint64_t size, const std::string& etag, const Request& request) {
  auto response = ProblemResponse(
      {.code = ErrorCode::kRangeNotSatisfiable,
       .message = "the recording has " + std::to_string(size) +
                  " bytes, and the range that was asked for has none of them; ask for another, or "
                  "for all without Range"},
      request.id);
  response.headers.Add("Content-Range", "bytes */" + std::to_string(size));
  response.headers.Add("ETag", etag);
  return response;
}

base::Result<Response> Answer(const ApiContext& context, const Request& request) {
  const auto history = HistoryOf(context);
  if (!history) return Fail(history);
  const auto prediction = (*history)->Get(request.parameters.at("id"));
  if (!prediction) return Fail(prediction);
  const auto etag = EtagOf(prediction->sha256);
  const auto* known = request.headers.Find("If-None-Match");
  Response response;
  response.headers.Add("ETag", etag);
  if (known != nullptr && ListsEtag(*known, etag)) {
    response.status = kNotModified;
    return response;
  }
  const auto empty = (*history)->ReadRecording(prediction->sha256, 0, 0);
  if (!empty) return Fail(empty);
  const auto size = empty->size_bytes;
  auto part = ByteRange{.offset = 0, .length = size};
  if (const auto range = RangeOf(request, etag, size)) {
    if (range->length == 0) return NotSatisfiable(size, etag, request);
    part = *range;
    response.status = kPartialContent;
    response.headers.Add("Content-Range", "bytes " + std::to_string(part.offset) + "-" +
                                              std::to_string(part.offset + part.length - 1) + "/" +
                                              std::to_string(size));
  }
  response.content_type = MediaType(*prediction);
  response.headers.Add("Accept-Ranges", "bytes");
  auto rest = std::make_shared<RecordingPart>(**history, prediction->sha256, part);
  if (request.method != "HEAD") {
    // At once, so that a recording that cannot be read is answered as what it is.
    auto first = rest->Next();
    if (!first) return Fail(first);
    response.body = *std::move(first);
  }
  if (rest->left() > 0) {
    response.rest_bytes = rest->left();
    response.rest = std::move(rest);
  }
  return response;
}

}  // namespace

void AddRecordingRoutes(Router& router, const ApiContextPtr& context) {
  Route route;
  route.method = "GET";
  route.pattern = "/predictions/{id}/audio";
  route.operation = "getRecording";
  route.summary = "The recording of a prediction, as it was sent";
  route.scope = Scope::kRead;
  route.is_audited = true;
  route.runs_on = RunsOn::kWorkPool;
  route.handler = [context](Request& request) { return Answer(*context, request); };
  router.Add(std::move(route));
}

}  // namespace heartbeat::server
