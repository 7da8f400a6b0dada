#include "cli/options.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace heartbeat::cli {
namespace {

class OptionsTest : public testing::Test {
 protected:
  void SetUp() override { NameEnvironment(*verb_); }
  void TearDown() override {
    ::unsetenv("HEARTBEAT_JSON");
    ::unsetenv("HEARTBEAT_CSV");
  }
  const CLI::Option* Chosen(const std::string& command_line) {
    app_.parse(command_line);
    return OneOf(*verb_, {json_, csv_});
  }

  CLI::App app_;
  CLI::App* verb_ = app_.add_subcommand("predict");
  const CLI::Option* json_ = verb_->add_flag("--json");
  const CLI::Option* csv_ = verb_->add_flag("--csv");
  const CLI::Option* max_queue_ = verb_->add_option("-q,--max-queue");
};

TEST_F(OptionsTest, EnvironmentNames) {
  EXPECT_EQ(max_queue_->get_envname(), "HEARTBEAT_MAX_QUEUE");
  EXPECT_EQ(verb_->get_help_ptr()->get_envname(), "") << "help is no setting";
}

TEST_F(OptionsTest, NoneOneAndTwo) {
  EXPECT_EQ(Chosen("predict"), nullptr);
  EXPECT_EQ(Chosen("predict --csv"), csv_);
  EXPECT_THROW(Chosen("predict --csv --json"), CLI::ParseError);
}

TEST_F(OptionsTest, TheCommandLineGoesBeforeTheEnvironment) {
  ::setenv("HEARTBEAT_JSON", "1", 1);
  EXPECT_EQ(Chosen("predict"), json_);
  EXPECT_EQ(Chosen("predict --csv"), csv_);
  ::setenv("HEARTBEAT_CSV", "true", 1);
  EXPECT_THROW(Chosen("predict"), CLI::ParseError);
  ::setenv("HEARTBEAT_CSV", "false", 1);
  EXPECT_EQ(Chosen("predict"), json_) << "a flag that is set to false is off";
}

}  // namespace
}  // namespace heartbeat::cli
