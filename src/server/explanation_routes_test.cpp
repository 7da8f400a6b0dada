// What moved the model: over real sockets, with a real store and real models.

#include "server/explanation_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "analysis/test_model.h"
#include "base/file.h"
#include "server/test_client.h"
#include "server/test_folder.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class ExplanationRoutesTest : public testing::Test {
 protected:
  ExplanationRoutesTest() {
    const auto sound = base::ReadTextFile(fs::path(HEARTBEAT_SOURCE_DIR) / "tests/data/b0002.flac");
    EXPECT_TRUE(sound);
    if (sound) sound_ = *sound;
  }

  void Start(const std::vector<std::byte>& model) {
    client_.reset();
    running_.reset();
    const auto path = folder_.path() / "given.onnx";
    EXPECT_TRUE(base::WriteFileAtomically(path, model));
    running_.emplace(RunningServer::WithModel{}, [&](ServerOptions& options) {
      options.data_dir = folder_.path() / "data";
      options.model_path = path;
    });
    client_.emplace(running_->port());
  }
  json Predict() { return Json(client_->Ask(PredictRequest(sound_))); }
  std::optional<Answer> Explain(const std::string& id, const std::string& headers = "") {
    return client_->Ask(PlainRequest("GET", "/predictions/" + id + "/explanation", headers));
  }

  TestFolder folder_;
  std::string sound_;
  std::optional<RunningServer> running_;
  std::optional<TestClient> client_;
};

TEST_F(ExplanationRoutesTest, TellOfEveryTimeAndFrequency) {
  Start(analysis::MeanModelWithEvidence(analysis::TestMetadata()));
  const auto prediction = Predict();
  ASSERT_TRUE(prediction.contains("explanation")) << prediction;
  const auto answer = Explain(prediction["id"]);
  ASSERT_EQ(Status(answer), 200) << answer->body;
  EXPECT_EQ(answer->headers.at("cache-control"), "no-store");
  const auto explanation = Json(answer);
  EXPECT_EQ(explanation["regions"], prediction["explanation"]["regions"]);
  EXPECT_EQ(explanation["model"], prediction["model"]);
  EXPECT_EQ(explanation["columns_joined"], 1);
  const auto& rows = explanation["contributions"];
  ASSERT_EQ(rows.size(), 16U);
  EXPECT_EQ(explanation["edges_hz"].size(), 17U);
  EXPECT_EQ(explanation["edges_hz"].front(), 20);
  EXPECT_EQ(explanation["edges_hz"].back(), 800);
  EXPECT_EQ(explanation["times_s"].size(), rows[0].size() + 1);
  EXPECT_EQ(explanation["times_s"].front(), 0);
  EXPECT_NEAR(explanation["times_s"].back().get<double>(),
              prediction["recording"]["duration_s"].get<double>(), 1e-3);
  double sum = 0;
  for (const auto& row : rows) {
    for (const auto& value : row) sum += value.get<double>();
  }
  // This model has no biases. 1e-3 is a thousand values, each rounded to 1e-6.
  EXPECT_NEAR(sum, explanation["logit"].get<double>(), 2e-3);
  EXPECT_NEAR(explanation["remainder"].get<double>(), 0, 2e-3);
}

TEST_F(ExplanationRoutesTest, KnowWhatTheClientHas) {
  Start(analysis::MeanModelWithEvidence(analysis::TestMetadata()));
  const std::string id = Predict()["id"];
  const auto etag = Explain(id)->headers.at("etag");
  const auto again = Explain(id, "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(Status(again), 304);
  EXPECT_EQ(again->headers.at("etag"), etag);
  EXPECT_EQ(Status(Explain(id, "If-None-Match: \"other\"\r\n")), 200);
}

TEST_F(ExplanationRoutesTest, SayWhatIsNotThere) {
  Start(analysis::MeanModelWithEvidence(analysis::TestMetadata()));
  EXPECT_EQ(Status(Explain("none")), 404);
  const std::string id = Predict()["id"];
  const std::string deleted = Predict()["id"];
  client_->Send(PlainRequest("DELETE", "/predictions/" + deleted));
  EXPECT_EQ(Status(client_->Read(false)), 204);
  EXPECT_EQ(Status(Explain(deleted)), 404);

  // A model that cannot tell, and is another one too.
  Start(analysis::MeanModel(analysis::TestMetadata()));
  const auto other = Explain(id);
  EXPECT_EQ(Status(other), 404);
  EXPECT_THAT(Json(other)["detail"].get<std::string>(), HasSubstr("another model"));
  const auto prediction = Predict();
  EXPECT_FALSE(prediction.contains("explanation"));
  const auto silent = Explain(prediction["id"]);
  EXPECT_EQ(Status(silent), 404);
  EXPECT_THAT(Json(silent)["detail"].get<std::string>(), HasSubstr("no evidence"));
}

}  // namespace
}  // namespace heartbeat::server
