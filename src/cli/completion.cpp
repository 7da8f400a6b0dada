#include "cli/completion.h"

#include <string_view>
#include <vector>

namespace heartbeat::cli {
namespace {

// A verb with the words that lead to it: "history list"; "" is the program itself.
struct Place {
  std::string path;
  const CLI::App* verb;
};

void CollectPlaces(const CLI::App& verb, const std::string& path, std::vector<Place>& places) {
  places.push_back({path, &verb});
  for (const CLI::App* below : verb.get_subcommands({})) {
    CollectPlaces(*below, path + (path.empty() ? "" : " ") + below->get_name(), places);
  }
}

std::vector<Place> Places(const CLI::App& app) {
  std::vector<Place> places;
  CollectPlaces(app, "", places);
  return places;
}

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

// Every --name of `verb`; only those that are followed by a value where `with_value`.
std::string OptionNames(const CLI::App& verb, bool with_value) {
  std::string names;
  for (const CLI::Option* option : verb.get_options()) {
    if (option->get_group().empty()) continue;
    if (with_value && option->get_items_expected_max() == 0) continue;
    for (const auto& name : option->get_lnames()) names += (names.empty() ? "--" : " --") + name;
  }
  return names;
}

std::string VerbNames(const CLI::App& verb) {
  std::string names;
  for (const CLI::App* below : verb.get_subcommands({})) {
    names += (names.empty() ? "" : " ") + below->get_name();
  }
  return names;
}

// The branches of a `case` that goes on from one verb to the next, in both shells' syntax.
std::string Steps(const std::vector<Place>& places, std::string_view indent) {
  std::string steps;
  for (const auto& place : places) {
    if (place.path.empty()) continue;
    const bool is_below = place.path.find(' ') != std::string::npos;
    steps += std::string(indent) + Quoted((is_below ? "" : " ") + place.path) +
             ") verb=" + Quoted(place.path) + " ;;\n";
  }
  return steps;
}

// name:description for each, as zsh's _describe reads them.
std::string Described(std::string_view name, std::string_view description) {
  std::string text;
  for (const char c : std::string(name)) text += c == ':' ? std::string("\\:") : std::string(1, c);
  return Quoted(text + ":" + std::string(description));
}

}  // namespace

std::string BashCompletion(const CLI::App& app) {
  const auto places = Places(app);
  std::string script =
      "# bash completion of heartbeat; made by `heartbeat completion bash`.\n"
      "_heartbeat() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
      "  local verb='' options='' with_value='' verbs='' i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"$verb ${COMP_WORDS[i]}\" in\n" +
      Steps(places, "      ") +
      "    esac\n"
      "  done\n"
      "  case \"$verb\" in\n";
  for (const auto& place : places) {
    script += "    " + Quoted(place.path) +
              ")\n      options=" + Quoted(OptionNames(*place.verb, false)) +
              "\n      with_value=" + Quoted(OptionNames(*place.verb, true)) +
              "\n      verbs=" + Quoted(VerbNames(*place.verb)) + "\n      ;;\n";
  }
  script +=
      "  esac\n"
      "  COMPREPLY=()\n"
      "  if [[ \" $with_value \" != *\" $previous \"* ]]; then\n"
      "    if [[ $current == -* ]]; then\n"
      "      mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
      "      return\n"
      "    elif [[ -n $verbs ]]; then\n"
      "      mapfile -t COMPREPLY < <(compgen -W \"$verbs\" -- \"$current\")\n"
      "      return\n"
      "    fi\n"
      "  fi\n"
      "  compopt -o filenames 2>/dev/null\n"
      "  mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
      "}\n"
      "complete -F _heartbeat heartbeat\n";
  return script;
}

std::string ZshCompletion(const CLI::App& app) {
  const auto places = Places(app);
  std::string script =
      "#compdef heartbeat\n"
      "# Made by `heartbeat completion zsh`.\n"
      "_heartbeat() {\n"
      "  local verb='' word\n"
      "  local -a options with_value verbs\n"
      "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
      "    case \"$verb $word\" in\n" +
      Steps(places, "      ") +
      "    esac\n"
      "  done\n"
      "  case \"$verb\" in\n";
  for (const auto& place : places) {
    script += "    " + Quoted(place.path) + ")\n      options=(\n";
    for (const CLI::Option* option : place.verb->get_options()) {
      if (option->get_group().empty()) continue;
      for (const auto& name : option->get_lnames()) {
        script += "        " + Described("--" + name, option->get_description()) + "\n";
      }
    }
    script += "      )\n      with_value=(" + OptionNames(*place.verb, true) + ")\n      verbs=(\n";
    for (const CLI::App* below : place.verb->get_subcommands({})) {
      script += "        " + Described(below->get_name(), below->get_description()) + "\n";
    }
    script += "      )\n      ;;\n";
  }
  script +=
      "  esac\n"
      "  if (( with_value[(Ie)${words[CURRENT-1]}] )); then\n"
      "    _files\n"
      "  elif [[ ${words[CURRENT]} == -* ]]; then\n"
      "    _describe -o option options\n"
      "  elif (( $#verbs )); then\n"
      "    _describe verb verbs\n"
      "  else\n"
      "    _files\n"
      "  fi\n"
      "}\n"
      "[[ $funcstack[1] == _heartbeat ]] && _heartbeat \"$@\"\n";
  return script;
}

}  // namespace heartbeat::cli
