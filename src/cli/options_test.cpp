#include "cli/options.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <string>

namespace heartbeat::cli {
namespace {

using testing::HasSubstr;

class OptionsTest : public testing::Test {
 protected:
  void TearDown() override {
    ::unsetenv("HEARTBEAT_JSON");
    ::unsetenv("HEARTBEAT_CSV");
  }
  // The name of the flag that is on; "" where none is. A parser of its own for each: CLI11 forgets
  // the order of an earlier command line only with the parser.
  static std::string Chosen(const std::string& command_line) {
    CLI::App app;
    CLI::App* verb = app.add_subcommand("predict");
    const CLI::Option* json = verb->add_flag("--json");
    const CLI::Option* csv = verb->add_flag("--csv");
    NameEnvironment(*verb);
    app.parse(command_line);
    const CLI::Option* chosen = OneOf(*verb, {json, csv});
    return chosen == nullptr ? "" : chosen->get_name();
  }
};

TEST_F(OptionsTest, EnvironmentNames) {
  CLI::App verb;
  const CLI::Option* max_queue = verb.add_option("-q,--max-queue");
  NameEnvironment(verb);
  EXPECT_EQ(max_queue->get_envname(), "HEARTBEAT_MAX_QUEUE");
  EXPECT_EQ(verb.get_help_ptr()->get_envname(), "") << "help is no setting";
}

TEST_F(OptionsTest, NoneOneAndTwo) {
  EXPECT_EQ(Chosen("predict"), "");
  EXPECT_EQ(Chosen("predict --csv"), "--csv");
  EXPECT_THROW(static_cast<void>(Chosen("predict --csv --json")), CLI::ParseError);
}

TEST_F(OptionsTest, TheCommandLineGoesBeforeTheEnvironment) {
  ::setenv("HEARTBEAT_JSON", "1", 1);
  EXPECT_EQ(Chosen("predict"), "--json");
  EXPECT_EQ(Chosen("predict --csv"), "--csv");
  ::setenv("HEARTBEAT_CSV", "true", 1);
  EXPECT_THROW(static_cast<void>(Chosen("predict")), CLI::ParseError);
  ::setenv("HEARTBEAT_CSV", "false", 1);
  EXPECT_EQ(Chosen("predict"), "--json") << "a flag that is set to false is off";
}

TEST_F(OptionsTest, NamesTheVariableThatAMistakeMayComeFrom) {
  CLI::App app;
  CLI::App* verb = app.add_subcommand("predict");
  verb->add_flag("--json");
  verb->add_flag("--csv");
  NameEnvironment(*verb);
  EXPECT_EQ(EnvironmentNote(app, "--json: no"), "");
  ::setenv("HEARTBEAT_JSON", "maybe", 1);
  EXPECT_EQ(EnvironmentNote(app, "--json: no"), "HEARTBEAT_JSON is set in the environment");
  EXPECT_EQ(EnvironmentNote(app, "--csv: no"), "");
}

TEST(Wrap, BreaksAtSpaces) {
  EXPECT_EQ(Wrap("", 5), "");
  EXPECT_EQ(Wrap("ab cd ef", 80), "ab cd ef");
  EXPECT_EQ(Wrap("ab cd ef", 5), "ab cd\nef");
  EXPECT_EQ(Wrap("ab cd ef", 4), "ab\ncd\nef");
  EXPECT_EQ(Wrap("abcdef gh", 4), "abcdef\ngh") << "a word is never broken";
}

TEST(HelpFormatter, SaysWhatAnOptionIs) {
  CLI::App verb;
  verb.formatter(std::make_shared<HelpFormatter>());
  int port = 8000;
  bool json = false;
  std::vector<std::string> paths;
  verb.add_option("PATH", paths, "Recordings");
  verb.add_option("--port", port, "Port to listen on")->type_name("N")->capture_default_str();
  verb.add_flag("--json", json, "Write JSON");
  NameEnvironment(verb);
  const std::string help = verb.help();
  EXPECT_THAT(help, HasSubstr("  PATH...                     Recordings\n"));
  EXPECT_THAT(help, HasSubstr("  --port N                    Port to listen on (default 8000; "
                              "HEARTBEAT_PORT)\n"));
  EXPECT_THAT(help, HasSubstr("  --json                      Write JSON (HEARTBEAT_JSON)\n"));
}

}  // namespace
}  // namespace heartbeat::cli
