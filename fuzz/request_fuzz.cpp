// Any bytes as what a client sends: a request is the same however its bytes are cut into packets,
// ends where it says, and is judged with a reason.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/admission.h"
#include "server/request_parser.h"

namespace {

using heartbeat::server::RequestHead;
using heartbeat::server::RequestParser;
using heartbeat::server::Route;
using heartbeat::server::Router;

constexpr std::size_t kMaxHeaderBytes = 512;

void Require(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  bool has_head = false;
  RequestHead head;
  std::string body;
  bool done = false;
  std::size_t used = 0;
  std::string error;
};

// `piece`: how much comes at a time; 0: all at once.
Outcome Parse(std::string_view bytes, std::size_t piece) {
  RequestParser parser(kMaxHeaderBytes);
  Outcome outcome;
  std::size_t given = piece == 0 ? bytes.size() : 0;
  while (true) {
    auto step = parser.Parse(bytes.substr(outcome.used, given - outcome.used));
    if (!step) {
      Require(!step.error().message.empty());
      outcome.error = step.error().message;
      break;
    }
    Require(step->used <= given - outcome.used);
    const bool is_head = step->event == RequestParser::Event::kHead;
    Require(!(is_head && outcome.has_head));
    if (is_head) {
      outcome.has_head = true;
      outcome.head = parser.head();
    }
    Require(step->body.empty() || outcome.has_head);
    outcome.body += step->body;
    outcome.used += step->used;
    outcome.done = parser.done();
    if (outcome.done) break;
    if (step->event != RequestParser::Event::kNeedMore) {
      Require(step->used > 0);  // else this would never end
      continue;
    }
    if (given == bytes.size()) break;
    given = std::min(bytes.size(), given + piece);
  }
  return outcome;
}

const Router& Routes() {
  static const Router router = [] {
    Router made;
    Route upload;
    upload.method = "POST";
    upload.pattern = "/predict/{id}";
    upload.form = {.file_keys = {"file"}, .field_keys = {}, .max_files = 1, .keep_going = false};
    made.Add(upload);
    Route health;
    health.method = "GET";
    health.pattern = "/health";
    made.Add(health);
    return made;
  }();
  return router;
}

void Judge(const RequestHead& head) {
  for (const std::string_view base_path : {"", "/base"}) {
    const auto admitted = heartbeat::server::Admit(head, Routes(), base_path);
    if (!admitted) {
      Require(!admitted.error().error.message.empty());
      continue;
    }
    // What is let in can be framed in one way only.
    Require(head.is_http_1_0 || head.fields.Count("Host") == 1);
    Require(head.fields.Count("Content-Length") + head.fields.Count("Transfer-Encoding") <= 1);
    Require(head.chunked == (head.fields.Count("Transfer-Encoding") == 1));
    if (base_path.empty()) continue;
    Require(head.target == "*" || head.target.find("base") != std::string::npos ||
            head.target.find('%') != std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] % 64 + 1U;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = Parse(bytes, 0);
  const auto pieces = Parse(bytes, piece);
  Require(whole.done == pieces.done);
  if (whole.done) {
    Require(whole.used == pieces.used);
    Require(whole.body == pieces.body);
    if (whole.head.content_length) Require(whole.body.size() == *whole.head.content_length);
  }
  if (whole.has_head && pieces.has_head) {
    Require(whole.head.method == pieces.head.method && whole.head.target == pieces.head.target);
    Require(whole.head.chunked == pieces.head.chunked);
    Judge(whole.head);
  }
  return 0;
}
