#include "cli/man_page.h"

#include <algorithm>
#include <string_view>

#include "cli/options.h"

namespace heartbeat::cli {
namespace {

// `text` so that roff shows it as it is: "-" is a hyphen to roff unless escaped, and nobody could
// paste an option then.
std::string Escaped(std::string_view text) {
  std::string escaped;
  bool at_line_start = true;
  for (const char c : text) {
    if (at_line_start && (c == '.' || c == '\'')) escaped += "\\&";
    at_line_start = c == '\n';
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string OnOneLine(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string Dashed(const std::vector<std::string>& words) {
  std::string name;
  for (const auto& word : words) name += (name.empty() ? "" : "-") + word;
  return name;
}

std::string Spaced(const std::vector<std::string>& words) {
  std::string command;
  for (const auto& word : words) command += (command.empty() ? "" : " ") + word;
  return command;
}

// Paragraphs stand between empty lines; lines that must stay as they are, from "Example" on, do.
std::string Footer(std::string_view footer) {
  const std::size_t example = footer.find("Example");
  std::string text(footer.substr(0, example));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::string page;
  if (!text.empty()) {
    page += ".PP\n";
    std::size_t from = 0;
    while (true) {
      const std::size_t gap = text.find("\n\n", from);
      page += Escaped(std::string_view(text).substr(from, gap - from)) + "\n";
      if (gap == std::string::npos) break;
      page += ".PP\n";
      from = gap + 2;
    }
  }
  if (example == std::string_view::npos) return page;
  std::string_view examples = footer.substr(example);
  page += ".SH EXAMPLES\n.nf\n";
  while (!examples.empty()) {
    const std::size_t end = examples.find('\n');
    std::string_view line = examples.substr(0, end);
    if (const std::size_t colon = line.find(": ");
        line.starts_with("Example") && colon != std::string_view::npos) {
      line.remove_prefix(colon + 2);
    }
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    page += Escaped(line) + "\n";
    if (end == std::string_view::npos) break;
    examples.remove_prefix(end + 1);
  }
  return page + ".fi\n";
}

std::string OptionEntry(const CLI::Option& option) {
  std::string names;
  for (const auto& name : option.get_snames()) names += (names.empty() ? "-" : ", -") + name;
  for (const auto& name : option.get_lnames()) names += (names.empty() ? "--" : ", --") + name;
  const HelpFormatter formatter;
  const std::string value = OnOneLine(formatter.make_option_opts(&option));
  return ".TP\n\\fB" + Escaped(names) + "\\fR\\fI" + Escaped(value) + "\\fR\n" +
         Escaped(OnOneLine(formatter.make_option_desc(&option))) + "\n";
}

std::string Synopsis(const CLI::App& verb, const std::vector<std::string>& words) {
  std::string text = ".SH SYNOPSIS\n\\fB" + Escaped(Spaced(words)) + "\\fR [\\fIOPTIONS\\fR]";
  for (const CLI::Option* option : verb.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name =
        Escaped(option->get_name(true)) + (option->get_expected_max() > 1 ? "..." : "");
    text += option->get_required() ? " \\fI" + name + "\\fR" : " [\\fI" + name + "\\fR]";
  }
  if (!verb.get_subcommands({}).empty()) text += " \\fIVERB\\fR";
  return text + "\n";
}

std::string Page(const CLI::App& verb, const std::vector<std::string>& words) {
  std::string title = Dashed(words);
  std::ranges::transform(title, title.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; });
  const std::string description = OnOneLine(verb.get_description());
  std::string page = ".TH " + Escaped(title) +
                     " 1 \"\" \"HeartBeat AI " HEARTBEAT_VERSION "\" \"HeartBeat AI\"\n.SH NAME\n" +
                     Escaped(Dashed(words)) + " \\- " + Escaped(description) + "\n" +
                     Synopsis(verb, words) + ".SH DESCRIPTION\n" + Escaped(description) +
                     (description.ends_with('.') ? "\n" : ".\n");
  const std::string footer = Footer(verb.get_footer());
  const std::size_t examples = footer.find(".SH EXAMPLES");
  page += footer.substr(0, examples);
  const auto verbs = verb.get_subcommands({});
  if (!verbs.empty()) {
    page += ".SH VERBS\nEach has a page of its own.\n";
    for (const CLI::App* below : verbs) {
      page += ".TP\n\\fB" + Escaped(Dashed(words) + "-" + below->get_name()) + "\\fR(1)\n" +
              Escaped(OnOneLine(below->get_description())) + "\n";
    }
  }
  std::string positionals;
  std::string options;
  for (const CLI::Option* option : verb.get_options()) {
    if (option->get_group().empty()) continue;
    if (option->get_positional()) {
      positionals += ".TP\n\\fI" + Escaped(option->get_name(true)) + "\\fR\n" +
                     Escaped(OnOneLine(option->get_description())) + "\n";
    } else {
      options += OptionEntry(*option);
    }
  }
  if (!positionals.empty()) page += ".SH ARGUMENTS\n" + positionals;
  if (!options.empty()) page += ".SH OPTIONS\n" + options;
  page += ".SH EXIT STATUS\n0: all done; 1: something failed and was named; 2: wrong usage.\n";
  if (examples != std::string::npos) page += footer.substr(examples);
  if (words.size() > 1) {
    const std::vector<std::string> above(words.begin(), words.end() - 1);
    page += ".SH SEE ALSO\n\\fB" + Escaped(Dashed(above)) + "\\fR(1)\n";
  }
  return page;
}

void Append(const CLI::App& verb, const std::vector<std::string>& words,
            std::vector<ManPage>& pages) {
  pages.push_back({Dashed(words), Page(verb, words)});
  for (const CLI::App* below : verb.get_subcommands({})) {
    auto deeper = words;
    deeper.push_back(below->get_name());
    Append(*below, deeper, pages);
  }
}

}  // namespace

std::vector<ManPage> ManPages(const CLI::App& app) {
  std::vector<ManPage> pages;
  Append(app, {app.get_name()}, pages);
  return pages;
}

}  // namespace heartbeat::cli
