#include "cli/config_file.h"

#include <gmock/gmock.h>

#include <array>
#include <cstdlib>
#include <sstream>
#include <string>

#include "cli/options.h"

namespace heartbeat::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ConfigFileTest : public testing::Test {
 protected:
  void SetUp() override {
    predict_->add_option("--threads", threads_);
    predict_->add_option("--max-queue", names_);
    predict_->add_option("--rate", rate_);
    predict_->add_flag("--json", json_);
    serve_->add_option("--threads", serve_threads_);
    NameEnvironment(*predict_);
    NameEnvironment(*serve_);
    for (std::size_t i = 0; i < kBelow.size(); ++i) {
      CLI::App* below = history_->add_subcommand(kBelow[i]);
      below->add_option("--data-dir", data_dirs_[i]);
      NameEnvironment(*below);
    }
  }
  void TearDown() override { ::unsetenv("HEARTBEAT_THREADS"); }

  // The file's items go the way that --config goes.
  void Parse(const std::string& text, const std::string& command_line = "predict") {
    std::istringstream file(text);
    const auto items = TomlConfig(app_).from_config(file);
    app_.config_formatter(std::make_shared<Given>(items));
    app_.set_config("--config", "/dev/null");
    app_.parse(command_line);
  }
  std::string ErrorOf(const std::string& text) {
    std::istringstream file(text);
    try {
      static_cast<void>(TomlConfig(app_).from_config(file));
    } catch (const CLI::ConfigError& error) {
      return error.what();
    }
    return "no error";
  }

  struct Given : CLI::ConfigBase {
    explicit Given(std::vector<CLI::ConfigItem> given) : items(std::move(given)) {}
    std::vector<CLI::ConfigItem> from_config(std::istream& /*input*/) const override {
      return items;
    }
    std::vector<CLI::ConfigItem> items;
  };

  CLI::App app_;
  CLI::App* predict_ = app_.add_subcommand("predict");
  CLI::App* serve_ = app_.add_subcommand("serve");
  static constexpr std::array kBelow = {"list", "show"};
  CLI::App* history_ = app_.add_subcommand("history");
  std::array<std::string, kBelow.size()> data_dirs_;
  int threads_ = 0;
  int serve_threads_ = 0;
  double rate_ = 0;
  bool json_ = false;
  std::vector<std::string> names_;
};

TEST_F(ConfigFileTest, SectionsGoBeforeWhatHoldsForAll) {
  Parse("threads = 2\n[predict]\nthreads = 4\nrate = 0.1\njson = true\nmax_queue = ['a # b', 'c']");
  EXPECT_EQ(threads_, 4);
  EXPECT_EQ(serve_threads_, 2);
  EXPECT_EQ(rate_, 0.1);
  EXPECT_TRUE(json_);
  EXPECT_THAT(names_, ElementsAre("a # b", "c"));
}

TEST_F(ConfigFileTest, ReachesVerbsBelowVerbs) {
  Parse("data-dir = 'a'", "history list");
  EXPECT_THAT(data_dirs_, ElementsAre("a", "a"));
  Parse("data-dir = 'a'\n[history]\ndata-dir = 'b'", "history list");
  EXPECT_THAT(data_dirs_, ElementsAre("b", "b"));
  Parse("[history]\ndata-dir = 'b'\n[history.show]\ndata-dir = 'c'", "history list");
  EXPECT_THAT(data_dirs_, ElementsAre("b", "c"));
  Parse("data-dir = 'a'", "history list --data-dir d");
  EXPECT_THAT(data_dirs_, ElementsAre("d", "a"));
  EXPECT_THAT(ErrorOf("[history.show]\nlimit = 3"),
              HasSubstr("heartbeat history show has no option \"limit\""));
  EXPECT_THAT(ErrorOf("[history]\nlimit = 3"),
              HasSubstr("heartbeat history has no option \"limit\""));
}

TEST_F(ConfigFileTest, TheCommandLineGoesFirstThenTheEnvironment) {
  Parse("[predict]\nthreads = 4", "predict --threads 7");
  EXPECT_EQ(threads_, 7);
  ::setenv("HEARTBEAT_THREADS", "5", 1);
  Parse("[predict]\nthreads = 4");
  EXPECT_EQ(threads_, 5);
  Parse("[predict]\nthreads = 4", "predict --threads 7");
  EXPECT_EQ(threads_, 7);
  ::setenv("HEARTBEAT_THREADS", "", 1);
  Parse("[predict]\nthreads = 4");
  EXPECT_EQ(threads_, 4) << "an empty variable is none";
}

TEST_F(ConfigFileTest, EveryMistakeIsNamedWithItsLine) {
  EXPECT_THAT(ErrorOf("threads = "), HasSubstr("line 1 of the configuration file: "));
  EXPECT_THAT(ErrorOf("\n[predict]\nthraeds = 4"),
              HasSubstr("line 3 of the configuration file: heartbeat predict has no option"));
  EXPECT_THAT(ErrorOf("[perdict]"), HasSubstr("has no verb \"perdict\""));
  EXPECT_THAT(ErrorOf("thraeds = 4"), HasSubstr("no verb of heartbeat has an option \"thraeds\""));
  EXPECT_THAT(ErrorOf("[predict]\nthreads = 2026-01-31"), HasSubstr("\"threads\" takes text"));
  EXPECT_THAT(ErrorOf("[predict]\nhelp = true"), HasSubstr("has no option \"help\""));
}

}  // namespace
}  // namespace heartbeat::cli
