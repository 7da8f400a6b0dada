#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "base/file.h"
#include "cli/console.h"
#include "cli/man_page.h"
#include "cli/self_description.h"

namespace heartbeat::cli {
namespace {

struct ManOptions {
  std::vector<std::string> verb;
  std::string folder;
};

int WriteAll(const std::vector<ManPage>& pages, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  for (const auto& page : pages) {
    const auto path = folder / (page.name + ".1");
    if (const auto written = base::WriteFileAtomically(path, page.text); !written) {
      return Report(written.error());
    }
  }
  return 0;
}

int ShowOne(const std::vector<ManPage>& pages, const std::vector<std::string>& verb) {
  std::string name = "heartbeat";
  for (const auto& word : verb) name += "-" + word;
  for (const auto& page : pages) {
    if (page.name != name) continue;
    const auto written = WriteResult(page.text);
    return written ? 0 : Report(written.error());
  }
  return Report({base::ErrorCode::kInvalidArgument, "there is no such verb; see heartbeat --help"});
}

}  // namespace

void AddMan(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("man", "Write the manual page of heartbeat or of a verb");
  auto options = std::make_shared<ManOptions>();
  verb->add_option("VERB", options->verb, "Such as serve, or history list; none: heartbeat itself");
  verb->add_option("--out-dir", options->folder, "Write every page into this folder")
      ->type_name("DIR");
  verb->footer(
      "The Debian package brings all pages along: man heartbeat, man heartbeat-serve.\n"
      "\n"
      "Example: heartbeat man serve | man -l -");
  // The words of a verb are no verbs here.
  verb->fallthrough(false);
  verb->callback([=, &app, &action] {
    action = [=, &app] {
      const auto pages = ManPages(app);
      return options->folder.empty() ? ShowOne(pages, options->verb)
                                     : WriteAll(pages, options->folder);
    };
  });
}

}  // namespace heartbeat::cli
