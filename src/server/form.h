#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/multipart.h"
#include "server/spool.h"

namespace heartbeat::server {

// What a route wants of a form. Parts with other keys count towards the limits and are dropped.
struct FormSpec {
  std::vector<std::string> file_keys;
  std::vector<std::string> field_keys;
  std::size_t max_files = 1;
  // A file over its limit does not fail the form, as one bad file of a batch must not: it is there
  // with an error and without content.
  bool keep_going = false;
};

struct FormLimits {
  std::size_t max_file_bytes = std::size_t{32} << 20;
  std::size_t max_field_bytes = std::size_t{64} << 10;
  std::size_t memory_bytes = std::size_t{1} << 20;       // a file over this is kept on disk
  std::size_t form_memory_bytes = std::size_t{4} << 20;  // files beyond this together likewise
  std::filesystem::path folder;                          // as SpoolSpace takes it
  MultipartLimits multipart;
};

struct FormFile {
  std::string key;
  std::string file_name;  // "" where the client gave none
  Spool content;
  std::optional<base::Error> error;  // set: `content` is empty, and this says why
};

struct Form {
  std::vector<FormFile> files;                // in order of arrival
  std::map<std::string, std::string> fields;  // of a repeated one, the last
};

// Builds a Form from a body as it arrives.
class FormReader : private MultipartSink {
 public:
  FormReader(std::string_view boundary, const FormSpec& spec, const FormLimits& limits);
  FormReader(const FormReader&) = delete;
  FormReader& operator=(const FormReader&) = delete;

  // Errors: those of MultipartParser and Spool; kBodyTooLarge where a file or field is over its
  // limit; kBadRequest where there are more files than wanted.
  [[nodiscard]] base::Result<void> Feed(std::string_view bytes);
  // Call once. Errors: those of MultipartParser::Finish.
  [[nodiscard]] base::Result<Form> Finish();

 private:
  base::Result<void> OnPartBegin(const PartHeader& header) override;
  base::Result<void> OnPartData(std::string_view data) override;
  base::Result<void> OnPartEnd() override;
  base::Result<void> RefusePart();

  enum class Target { kDrop, kFile, kField };

  const FormSpec spec_;
  const FormLimits limits_;
  const std::shared_ptr<SpoolSpace> space_;
  MultipartParser parser_;
  Form form_;
  Target target_ = Target::kDrop;
  std::size_t part_bytes_ = 0;
  std::size_t part_limit_ = 0;
  std::string field_key_;
  std::string field_;
};

}  // namespace heartbeat::server
