#include "server/label_body.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/header_value.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;
using nlohmann::json;

constexpr std::array<std::string_view, 3> kMembers = {"label", "comment", "by"};
constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kMaxCommentBytes = 8000;

std::unexpected<base::Error> Refuse(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

bool HasOnlyKnownTexts(const json& body) {
  if (!body.is_object()) return false;
  for (const auto& [key, value] : body.items()) {
    if (std::ranges::find(kMembers, key) == kMembers.end() || !value.is_string()) return false;
  }
  return true;
}

// `key` of an object whose members are all texts.
base::Result<std::string> TextOf(const json& body, const char* key, std::size_t max_bytes) {
  const auto found = body.find(key);
  if (found == body.end()) return std::string();
  auto text = found->get<std::string>();
  if (text.size() > max_bytes || text.find('\0') != std::string::npos) {
    return Refuse("`" + std::string(key) + "` must be at most " + std::to_string(max_bytes) +
                  " bytes of text");
  }
  return text;
}

}  // namespace

base::Result<store::Label> ParseLabel(const std::string& text, std::string_view otherwise_by) {
  const auto body = json::parse(text, nullptr, false);
  if (!HasOnlyKnownTexts(body)) {
    return Fail(ErrorCode::kBadRequest,
                "the body must be a JSON object with the texts `label`, `by` and, if there is one, "
                "`comment`, such as {\"label\":\"normal\",\"by\":\"Dr. A\"}");
  }
  const auto value = store::ParseLabelValue(body.value("label", ""));
  if (!value) return Refuse("`label` must be `normal`, `abnormal` or `unsure`");
  auto by = TextOf(body, "by", kMaxNameBytes);
  if (!by) return Fail(by);
  if (Trim(*by).empty()) *by = otherwise_by;
  if (Trim(*by).empty()) return Refuse("`by` must name who says so");
  auto comment = TextOf(body, "comment", kMaxCommentBytes);
  if (!comment) return Fail(comment);
  store::Label label;
  label.value = *value;
  label.who = Trim(*by);
  label.comment = *std::move(comment);
  label.time = store::Now();
  return label;
}

}  // namespace heartbeat::server
