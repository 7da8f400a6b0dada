#include "server/request_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdint>
#include <limits>
#include <string>

namespace heartbeat::server {
namespace {

namespace http = boost::beast::http;
using base::ErrorCode;
using base::Fail;
using boost::beast::error_code;

bool HasFold(std::string_view header) {
  return header.find("\r\n ") != header.npos || header.find("\r\n\t") != header.npos;
}

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

class RequestParser::Impl final : public http::basic_parser<true> {
 public:
  explicit Impl(std::size_t max_header_bytes) : max_header_bytes_(max_header_bytes) {
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(boost::none);
  }

  base::Result<Step> Parse(std::string_view bytes) {
    if (bytes.empty()) return Step{};  // within a body, Beast takes nothing for progress
    const bool in_head = !is_header_done();
    if (!in_head && MayBeAnEmptyBody(bytes)) return Step{};
    // Beast forgets the fields that it has taken when it compares a header with its limit.
    const auto left = max_header_bytes_ - header_bytes_;
    const auto given = in_head ? bytes.substr(0, left) : bytes;
    body_ = {};
    error_code error;
    Step step;
    step.used = put(boost::asio::const_buffer(given.data(), given.size()), error);
    if (in_head) header_bytes_ += step.used;
    // Beast takes a folded field as a whole, and joins its lines. Not all who hand requests on do:
    // what is a value to one is a field of its own to another.
    if (in_head && HasFold(given.substr(0, step.used))) {
      return Fail(ErrorCode::kBadRequest,
                  "the request is not well-formed HTTP/1.1: a header field goes on in a second "
                  "line, which is obsolete; send it in one");
    }
    if (error == http::error::need_more) {
      if (in_head && given.size() == left) {
        return Fail(ErrorCode::kHeaderTooLarge, "the request's header is larger than " +
                                                    std::to_string(max_header_bytes_) + " bytes");
      }
      return step;
    }
    if (error) {
      return Fail(ErrorCode::kBadRequest,
                  "the request is not well-formed HTTP/1.1: " + error.message());
    }
    step.event = in_head ? Event::kHead : Event::kBody;
    step.body = body_;
    if (in_head) CompleteHead();
    return step;
  }

  RequestHead head;

 private:
  // Beast asserts that it has five bytes when it comes back to the end of a chunked body, as if a
  // chunk had always come before: "0\r\n" alone, and then one byte more, ended a program that was
  // built with asserts. Until they are there nothing can be said of them anyway.
  bool MayBeAnEmptyBody(std::string_view bytes) {
    constexpr std::string_view kEmpty = "0\r\n\r\n";
    return chunked() && !has_chunk_ && bytes.size() < kEmpty.size() && bytes.front() == '0';
  }
  void CompleteHead() {
    head.keep_alive = keep_alive();
    head.chunked = chunked();
    if (const auto length = content_length()) head.content_length = *length;
  }

  void on_request_impl(http::verb, boost::beast::string_view method,
                       boost::beast::string_view target, int version, error_code&) override {
    head.method = View(method);
    head.target = View(target);
    head.is_http_1_0 = version < 11;
  }
  void on_field_impl(http::field, boost::beast::string_view name, boost::beast::string_view value,
                     error_code&) override {
    // What stands behind a chunked body is not what the request was judged by.
    if (!is_header_done()) head.fields.Add(View(name), View(value));
  }
  std::size_t on_body_impl(boost::beast::string_view body, error_code&) override {
    body_ = View(body);
    return body.size();
  }
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body,
                                 error_code&) override {
    body_ = View(body);
    return body.size();
  }
  void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {
    has_chunk_ = true;
  }
  void on_finish_impl(error_code&) override {}

  const std::size_t max_header_bytes_;
  std::size_t header_bytes_ = 0;
  bool has_chunk_ = false;
  std::string_view body_;
};

RequestParser::RequestParser(std::size_t max_header_bytes)
    : impl_(std::make_unique<Impl>(max_header_bytes)) {}
RequestParser::~RequestParser() = default;

base::Result<RequestParser::Step> RequestParser::Parse(std::string_view bytes) {
  return impl_->Parse(bytes);
}
bool RequestParser::done() const { return impl_->is_done(); }
RequestHead& RequestParser::head() { return impl_->head; }

}  // namespace heartbeat::server
