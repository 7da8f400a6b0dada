// Which model serves, and how another takes its place: over real sockets, with a real store and
// real models.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "analysis/test_model.h"
#include "base/digest.h"
#include "base/file.h"
#include "server/model_shelf.h"
#include "server/server.h"
#include "server/test_client.h"
#include "server/test_folder.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

std::vector<std::byte> Model(const std::string& version) {
  auto metadata = analysis::TestMetadata();
  metadata.version = version;
  return analysis::MeanModel(metadata);
}

std::string Sha256(const std::string& version) { return base::Sha256Hex(Model(version)); }

class ModelPromotionTest : public testing::Test {
 protected:
  ModelPromotionTest() {
    EXPECT_TRUE(base::WriteFileAtomically(shipped(), Model("1.0")));
    const auto sound = base::ReadTextFile(fs::path(HEARTBEAT_SOURCE_DIR) / "tests/data/b0002.flac");
    EXPECT_TRUE(sound);
    if (sound) sound_ = *sound;
  }
  ~ModelPromotionTest() override { Stop(); }

  void Start(const fs::path& given = {}) {
    server_.emplace(RunningServer::WithModel{}, [&](ServerOptions& options) {
      options.threads = 4;
      options.data_dir = data_dir();
      options.model_path = given;
      options.shipped_model = shipped();
    });
  }
  void Stop() {
    if (!server_) return;
    server_->server().Stop();
    EXPECT_TRUE(server_->Join());
    server_.reset();
  }

  std::optional<Answer> Ask(std::string_view method, const std::string& target) {
    TestClient client(server_->port());
    client.Send(PlainRequest(method, target));
    return client.Read();
  }
  json Promote(const std::string& key) {
    return Json(Ask("POST", "/models/" + key + "/promote?by=Dr.%20A"));
  }
  std::string ServingVersion() { return Json(Ask("GET", "/model")).value("version", ""); }
  json Entry(const std::string& version) {
    const auto list = Json(Ask("GET", "/models"));
    for (const auto& entry : list["models"]) {
      if (entry["version"] == version) return entry;
    }
    return nullptr;
  }

  std::unique_ptr<store::Store> OpenHistory() {
    store::StoreOptions options;
    options.data_dir = data_dir();
    auto opened = store::Store::Open(options);
    EXPECT_TRUE(opened);
    return *std::move(opened);
  }
  // As a retraining leaves it.
  void AddRetrained(const std::string& version) {
    const auto bytes = Model(version);
    const auto history = OpenHistory();
    const auto place = data_dir() / "models" / base::Sha256Hex(bytes);
    fs::create_directories(place);
    ASSERT_TRUE(base::WriteFileAtomically(place / "heartbeat.onnx", bytes));
    ModelShelf shelf(*history, data_dir(), shipped(), std::size_t{1} << 20);
    ASSERT_TRUE(shelf.Add({"test", version, base::Sha256Hex(bytes)}, ModelSource::kRetrained, {}));
  }

  [[nodiscard]] fs::path shipped() const { return folder_.path() / "shipped.onnx"; }
  [[nodiscard]] fs::path data_dir() const { return folder_.path() / "data"; }

  TestFolder folder_;
  std::string sound_;
  std::optional<RunningServer> server_;
};

TEST_F(ModelPromotionTest, TheShippedModelServesFirstAndCanBeGoneBackTo) {
  Start();
  AddRetrained("1.0+r2");
  EXPECT_EQ(ServingVersion(), "1.0");
  const auto shipped_entry = Entry("1.0");
  EXPECT_EQ(shipped_entry["source"], "shipped");
  EXPECT_EQ(shipped_entry["serving"], true);
  EXPECT_TRUE(shipped_entry["promoted"].is_string());
  EXPECT_EQ(Entry("1.0+r2")["promoted"], nullptr);
  EXPECT_EQ(Entry("1.0+r2")["available"], true);

  const auto promoted = Promote("1.0+r2");
  EXPECT_EQ(promoted["serving"], true) << promoted;
  EXPECT_EQ(promoted["source"], "retrained");
  EXPECT_EQ(ServingVersion(), "1.0+r2");
  EXPECT_EQ(Entry("1.0")["serving"], false);
  const auto history = OpenHistory();
  const auto trail = history->AuditTrail();
  ASSERT_TRUE(trail);
  ASSERT_FALSE(trail->empty());
  EXPECT_EQ(trail->front().action, "promote");
  EXPECT_EQ(trail->front().who, "Dr. A");
  EXPECT_EQ(trail->front().subject, Sha256("1.0+r2"));

  Stop();
  Start();  // what was promoted last serves again
  EXPECT_EQ(ServingVersion(), "1.0+r2");
  EXPECT_EQ(Promote(Sha256("1.0").substr(0, 8))["version"], "1.0");
  EXPECT_EQ(ServingVersion(), "1.0");
}

TEST_F(ModelPromotionTest, RefusesWhatCannotServeAndGoesOn) {
  Start();
  AddRetrained("1.0+r2");
  EXPECT_EQ(Status(Ask("POST", "/models/9.9/promote")), 404);
  EXPECT_EQ(Status(Ask("POST", "/models/" + Sha256("1.0").substr(0, 7) + "/promote")), 404)
      << "seven digits are too few";
  const auto file = data_dir() / "models" / Sha256("1.0+r2") / "heartbeat.onnx";
  ASSERT_TRUE(base::WriteFileAtomically(file, Model("1.0+r3")));  // not what it is called
  EXPECT_EQ(Entry("1.0+r2")["available"], false);
  const auto altered = Ask("POST", "/models/1.0+r2/promote");
  EXPECT_EQ(Status(altered), 409);
  EXPECT_EQ(Json(altered)["type"], "/problems/conflict");
  fs::remove(file);
  EXPECT_EQ(Status(Ask("POST", "/models/1.0+r2/promote")), 409);
  EXPECT_EQ(ServingVersion(), "1.0");
  EXPECT_EQ(Entry("1.0+r2")["promoted"], nullptr) << "nothing may be noted before it works";

  TestClient client(server_->port());
  client.Send(PlainRequest("POST", "/models/1.0/promote", "Sec-Fetch-Site: cross-site\r\n"));
  const auto foreign = client.Read();
  EXPECT_EQ(Status(foreign), 403);
  EXPECT_EQ(Json(foreign)["type"], "/problems/foreign-page");
}

// What the list says of a file holds for that moment only.
TEST_F(ModelPromotionTest, OpensNothingThatTookTheModelsPlace) {
  Start();
  AddRetrained("1.0+r2");
  const auto history = OpenHistory();
  ModelShelf shelf(*history, data_dir(), shipped(), std::size_t{1} << 20);
  const auto found = shelf.Find("1.0+r2");
  ASSERT_TRUE(found);
  ASSERT_TRUE(found->is_available);
  EXPECT_TRUE(shelf.Open(*found));
  for (const auto& other : {Model("1.0+r3"), std::vector(2'000, std::byte{'x'})}) {
    ASSERT_TRUE(base::WriteFileAtomically(found->file, other));
    const auto opened = shelf.Open(*found);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, base::ErrorCode::kInvalidArgument);
  }
}

TEST_F(ModelPromotionTest, AVersionOfTwoModelsIsNoName) {
  Start();
  const auto history = OpenHistory();
  ModelShelf shelf(*history, data_dir(), shipped(), std::size_t{1} << 20);
  for (const char digit : {'a', 'b'}) {
    ASSERT_TRUE(shelf.Add({"test", "twice", std::string(64, digit)}, ModelSource::kRetrained, {}));
  }
  const auto answer = Ask("POST", "/models/twice/promote");
  EXPECT_EQ(Status(answer), 409);
  EXPECT_THAT(Json(answer).value("detail", ""), HasSubstr("sha256"));
}

TEST_F(ModelPromotionTest, AGivenModelServesWhateverWasPromoted) {
  Start();
  AddRetrained("1.0+r2");
  EXPECT_EQ(Promote("1.0+r2")["serving"], true);
  Stop();
  const auto given = folder_.path() / "given.onnx";
  ASSERT_TRUE(base::WriteFileAtomically(given, Model("7.0")));
  Start(given);
  EXPECT_EQ(ServingVersion(), "7.0");
  EXPECT_EQ(Entry("7.0")["source"], "given");
  EXPECT_EQ(Entry("7.0")["promoted"], nullptr);
  // Where another takes its place it must be there to go back to.
  EXPECT_EQ(Promote("1.0")["serving"], true);
  EXPECT_TRUE(Entry("7.0")["promoted"].is_string());
  EXPECT_EQ(Promote("7.0")["serving"], true);
  EXPECT_EQ(ServingVersion(), "7.0");
}

TEST_F(ModelPromotionTest, WithoutThePromotedFileTheOneBeforeServes) {
  Start();
  AddRetrained("1.0+r2");
  EXPECT_EQ(Promote("1.0+r2")["serving"], true);
  Stop();
  fs::remove_all(data_dir() / "models");
  Start();
  EXPECT_EQ(ServingVersion(), "1.0");
  Stop();
  ASSERT_TRUE(base::WriteFileAtomically(shipped(), Model("2.0")));  // another program's
  Start();
  EXPECT_EQ(ServingVersion(), "2.0");
  EXPECT_EQ(Entry("1.0")["available"], false);
  EXPECT_TRUE(Entry("2.0")["promoted"].is_string());
}

TEST_F(ModelPromotionTest, FollowsWhatAnotherProgramPromotes) {
  Start();
  AddRetrained("1.0+r2");
  {
    const auto history = OpenHistory();
    ModelShelf shelf(*history, data_dir(), shipped(), std::size_t{1} << 20);
    ASSERT_TRUE(shelf.Promote(Sha256("1.0+r2"), store::Now(), "Dr. B"));
    const auto previous = shelf.FindPrevious();
    ASSERT_TRUE(previous);
    EXPECT_EQ(previous->version.model.version, "1.0");
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (ServingVersion() != "1.0+r2" && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(ServingVersion(), "1.0+r2");
}

TEST_F(ModelPromotionTest, DropsNoRequestWhilePromotingBackAndForth) {
  Start();
  AddRetrained("1.0+r2");
  const std::set<std::string> models = {Sha256("1.0"), Sha256("1.0+r2")};
  std::atomic<bool> done = false;
  std::atomic<int> answered = 0;
  std::vector<std::string> wrong(3);
  std::vector<std::set<std::string>> seen(3);
  std::vector<std::thread> clients;
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    clients.emplace_back([&, i] {
      TestClient client(server_->port());
      while (!done && wrong[i].empty()) {
        const auto answer = client.Ask(PredictRequest(sound_, "file", "a.flac"));
        const auto prediction = Json(answer);
        const auto sha256 =
            Status(answer) == 200 ? prediction["model"].value("sha256", "") : std::string();
        if (!models.contains(sha256)) wrong[i] = answer ? answer->body : "no answer";
        seen[i].insert(sha256);
        ++answered;
      }
    });
  }
  for (int round = 0; round < 20; ++round) {
    const int before = answered;
    const std::string version = round % 2 == 0 ? "1.0+r2" : "1.0";
    EXPECT_EQ(Promote(version).value("version", ""), version);
    EXPECT_EQ(ServingVersion(), version);
    // Some are answered by each model, and some began before it served.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (answered < before + 6 && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  done = true;
  for (auto& client : clients) client.join();
  for (const auto& body : wrong) EXPECT_EQ(body, "");
  for (const auto& each : seen) EXPECT_EQ(each, models) << "a client saw one model alone";
  EXPECT_GE(answered, 100);
}

}  // namespace
}  // namespace heartbeat::server
