#include "cli/history_options.h"

#include <utility>

#include "server/history_query.h"
#include "server/rfc3339.h"

namespace heartbeat::cli {
namespace {

// An option whose text `parse` turns into `value`; anything else is wrong usage.
template <typename Value, typename Parse>
void AddParsed(CLI::App& verb, const std::string& name, std::optional<Value>& value, Parse parse,
               const std::string& may_be, const std::string& type, const std::string& description) {
  verb.add_option_function<std::string>(
          name,
          [&value, parse, name, may_be](const std::string& text) {
            value = parse(text);
            if (!value) throw CLI::ValidationError(name, "must be " + may_be);
          },
          description)
      ->type_name(type)
      ->configurable(false);
}

// A text that must match. An empty one, as a forgotten variable of a script leaves it, would let
// everything through.
void AddText(CLI::App& verb, const std::string& name, std::string& value,
             const std::string& description) {
  verb.add_option_function<std::string>(
          name,
          [&value, name](const std::string& text) {
            if (text.empty()) throw CLI::ValidationError(name, "must not be empty");
            value = text;
          },
          description)
      ->type_name("TEXT")
      ->configurable(false);
}

}  // namespace

void AddDataDir(CLI::App& verb, std::string& data_dir) {
  verb.add_option("--data-dir", data_dir,
                  "Folder of the history, as heartbeat serve has it (default: "
                  "$XDG_DATA_HOME/heartbeat or ~/.local/share/heartbeat)")
      ->type_name("DIR");
}

void AddFilters(CLI::App& verb, store::Filter& filter) {
  const std::string time = "a time such as 2026-01-31T12:00:00Z, or a date such as 2026-01-31";
  AddParsed(verb, "--class", filter.predicted_class, store::ParsePredictedClass,
            "normal or abnormal", "CLASS", "Predicted to be normal or abnormal");
  AddParsed(verb, "--verdict", filter.verdict, store::ParseVerdict,
            "normal, abnormal, uncertain or poor_quality", "VERDICT",
            "normal, abnormal, uncertain or poor_quality");
  AddParsed(verb, "--label", filter.label, server::ParseLabelFilter,
            "normal, abnormal, unsure, any or none", "LABEL",
            "What a clinician said last: normal, abnormal or unsure; any of them, or none");
  AddParsed(verb, "--from", filter.from, server::ParseRfc3339, time, "TIME",
            "Made at this time or later");
  AddParsed(verb, "--until", filter.until, server::ParseRfc3339, time, "TIME",
            "Made before this time");
  AddText(verb, "--name", filter.file_name_prefix,
          "File name that begins with this; large and small letters are the same");
  AddText(verb, "--patient-ref", filter.patient_ref, "This patient reference, the whole of it");
}

bool IsEmpty(const store::Filter& filter) {
  return !filter.predicted_class && !filter.verdict && !filter.label && !filter.from &&
         !filter.until && filter.file_name_prefix.empty() && filter.patient_ref.empty();
}

}  // namespace heartbeat::cli
