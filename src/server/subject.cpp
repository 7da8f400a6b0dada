#include "server/subject.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;

constexpr std::array<std::string_view, 5> kLocations = {"AV", "PV", "TV", "MV", "other"};

std::optional<std::string> FindField(const std::map<std::string, std::string>& fields,
                                     const char* name) {
  const auto found = fields.find(name);
  if (found == fields.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

bool IsControl(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code < 0x20 || code == 0x7f;
}

bool IsUtf8(const std::string& text) {
  // nlohmann's own check, which refuses to write what is not.
  try {
    static_cast<void>(nlohmann::json(text).dump());
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

std::size_t Characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

base::Result<Subject> Subject::Parse(const std::map<std::string, std::string>& fields) {
  Subject subject;
  subject.patient_ref = FindField(fields, "patient_ref");
  subject.location = FindField(fields, "location");
  if (subject.location && std::ranges::find(kLocations, *subject.location) == kLocations.end()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the field `location` must be one of AV, PV, TV, MV and other: where on the chest "
                "the stethoscope was (aortic, pulmonary, tricuspid or mitral valve, or elsewhere)");
  }
  if (subject.patient_ref) {
    const auto& text = *subject.patient_ref;
    if (std::ranges::any_of(text, IsControl) || !IsUtf8(text) ||
        Characters(text) > kMaxPatientRefCharacters) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the field `patient_ref` must be at most " +
                      std::to_string(kMaxPatientRefCharacters) +
                      " characters of UTF-8 without control characters; use a pseudonym such as a "
                      "study number");
    }
  }
  return subject;
}

void Subject::AddTo(nlohmann::json& prediction) const {
  if (patient_ref) prediction["patient_ref"] = *patient_ref;
  if (location) prediction["location"] = *location;
}

}  // namespace heartbeat::server
