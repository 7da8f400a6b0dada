#include "cli/settings.h"

#include <gmock/gmock.h>

#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/config_file.h"
#include "cli/options.h"

namespace heartbeat::cli {
namespace {

using testing::HasSubstr;

class SettingsTest : public testing::Test {
 protected:
  void SetUp() override {
    serve_->add_option("--port", port_)->capture_default_str();
    serve_->add_option("--model", model_);
    serve_->add_option("--trusted-proxy", proxies_)->delimiter(',');
    serve_->add_flag("--no-store", no_store_);
    NameEnvironment(*serve_);
  }
  void TearDown() override { ::unsetenv("HEARTBEAT_PORT"); }

  Setting Named(const std::string& name) {
    for (auto& setting : Settings(*serve_)) {
      if (setting.name == name) return setting;
    }
    ADD_FAILURE() << "no setting " << name;
    return {};
  }
  // As if `text` stood in the file of --config.
  void Parse(const std::string& text, const std::string& command_line) {
    struct Given : CLI::ConfigBase {
      explicit Given(std::vector<CLI::ConfigItem> given) : items(std::move(given)) {}
      std::vector<CLI::ConfigItem> from_config(std::istream& /*input*/) const override {
        return items;
      }
      std::vector<CLI::ConfigItem> items;
    };
    std::istringstream file(text);
    app_.config_formatter(std::make_shared<Given>(TomlConfig(app_).from_config(file)));
    app_.set_config("--config", "/dev/null");
    app_.parse(command_line);
  }

  CLI::App app_;
  CLI::App* serve_ = app_.add_subcommand("serve");
  int port_ = 8000;
  std::string model_;
  std::vector<std::string> proxies_;
  bool no_store_ = false;
};

TEST_F(SettingsTest, DefaultsAreShownAsSuch) {
  Parse("", "serve");
  EXPECT_EQ(Named("port").value, "8000");
  EXPECT_EQ(Named("port").origin, Origin::kDefault);
  EXPECT_EQ(Named("model").value, "");
  EXPECT_EQ(Named("no-store").value, "false");
  for (const auto& setting : Settings(*serve_)) EXPECT_NE(setting.name, "help");
}

TEST_F(SettingsTest, EachOriginIsNamedAndTheStrongestWins) {
  Parse("[serve]\nport = 1\nno-store = true\ntrusted-proxy = ['10.0.0.1', '10.0.0.2']", "serve");
  EXPECT_EQ(Named("port").origin, Origin::kFile);
  EXPECT_EQ(Named("port").value, "1");
  EXPECT_EQ(Named("no-store").value, "true");
  EXPECT_EQ(Named("trusted-proxy").value, "10.0.0.1,10.0.0.2");
}

TEST_F(SettingsTest, TheEnvironmentGoesBeforeTheFile) {
  ::setenv("HEARTBEAT_PORT", "2", 1);
  Parse("[serve]\nport = 1", "serve");
  EXPECT_EQ(Named("port").origin, Origin::kEnvironment);
  EXPECT_EQ(Named("port").value, "2");
  EXPECT_THAT(ToTable(Settings(*serve_)), HasSubstr("environment (HEARTBEAT_PORT)"));
}

TEST_F(SettingsTest, TheCommandLineGoesBeforeAll) {
  ::setenv("HEARTBEAT_PORT", "2", 1);
  Parse("[serve]\nport = 1", "serve --port 3");
  EXPECT_EQ(Named("port").origin, Origin::kFlag);
  EXPECT_EQ(Named("port").value, "3");
  const auto json = nlohmann::json::parse(ToJson(Settings(*serve_)));
  EXPECT_EQ(json["settings"][0]["from"], "flag");
  EXPECT_EQ(json["settings"][0]["variable"], "HEARTBEAT_PORT");
  EXPECT_TRUE(json["settings"][1]["value"].is_null());
}

TEST_F(SettingsTest, ASlipInTheEnvironmentIsFound) {
  const std::array<const char*, 6> good = {
      "HEARTBEAT_PORT=1",         "HEARTBEAT_CONFIG=a",   "HOME=/",
      "HEARTBEAT_CRASH_ROUNDS=1", "HEARTBEAT_TEST_DATA=", nullptr};
  EXPECT_EQ(UnknownVariable(app_, good.data()), std::nullopt);
  const std::array<const char*, 3> bad = {"HEARTBEAT_PORT=1", "HEARTBEAT_PROT=1", nullptr};
  EXPECT_EQ(UnknownVariable(app_, bad.data()), "HEARTBEAT_PROT");
}

}  // namespace
}  // namespace heartbeat::cli
