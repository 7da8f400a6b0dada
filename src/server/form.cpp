#include "server/form.h"

#include <algorithm>
#include <limits>

namespace heartbeat::server {

using base::ErrorCode;
using base::Fail;

namespace {

bool Contains(const std::vector<std::string>& keys, const std::string& key) {
  return std::ranges::find(keys, key) != keys.end();
}

}  // namespace

FormReader::FormReader(std::string_view boundary, const FormSpec& spec, const FormLimits& limits)
    : spec_(spec),
      limits_(limits),
      space_(std::make_shared<SpoolSpace>(limits.form_memory_bytes, limits.folder)),
      parser_(boundary, limits.multipart, *this) {}

base::Result<void> FormReader::Feed(std::string_view bytes) { return parser_.Feed(bytes); }

base::Result<Form> FormReader::Finish() {
  if (auto finished = parser_.Finish(); !finished) return Fail(finished);
  return std::move(form_);
}

base::Result<void> FormReader::OnPartBegin(const PartHeader& header) {
  part_bytes_ = 0;
  if (Contains(spec_.file_keys, header.name)) {
    if (form_.files.size() >= spec_.max_files) {
      return Fail(ErrorCode::kBadRequest,
                  "the form has more than " + std::to_string(spec_.max_files) + " part(s) named `" +
                      header.name + "`; send the others in another request");
    }
    target_ = Target::kFile;
    part_limit_ = limits_.max_file_bytes;
    form_.files.push_back(FormFile{.key = header.name,
                                   .file_name = header.file_name.value_or(""),
                                   .content = Spool(space_, limits_.memory_bytes),
                                   .error = {}});
  } else if (Contains(spec_.field_keys, header.name)) {
    target_ = Target::kField;
    part_limit_ = limits_.max_field_bytes;
    field_key_ = header.name;
    field_.clear();
  } else {
    target_ = Target::kDrop;
    part_limit_ = limits_.max_file_bytes;
  }
  return {};
}

base::Result<void> FormReader::OnPartData(std::string_view data) {
  part_bytes_ += data.size();
  if (part_bytes_ > part_limit_) return RefusePart();
  switch (target_) {
    case Target::kFile:
      return form_.files.back().content.Append(data);
    case Target::kField:
      field_.append(data);
      break;
    case Target::kDrop:
      break;
  }
  return {};
}

base::Result<void> FormReader::RefusePart() {
  const auto refusal =
      Fail(ErrorCode::kBodyTooLarge,
           "the " + std::string(target_ == Target::kField ? "field" : "file") +
               " is larger than the " + std::to_string(part_limit_) +
               " bytes that this server takes; send a shorter or compressed (FLAC, OGG) one");
  if (!spec_.keep_going || target_ == Target::kField) return refusal;
  if (target_ == Target::kFile) {
    auto& file = form_.files.back();
    file.error = refusal.error();
    file.content.Clear();
  }
  target_ = Target::kDrop;
  part_limit_ = std::numeric_limits<std::size_t>::max();
  return {};
}

base::Result<void> FormReader::OnPartEnd() {
  if (target_ == Target::kField) form_.fields[field_key_] = std::move(field_);
  field_.clear();
  return {};
}

}  // namespace heartbeat::server
