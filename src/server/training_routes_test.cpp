// Uploading, retraining and how it is told, over real sockets with a real store. In the place of
// heartbeat-train stands a script: the real one is run by tests/e2e/test_models.py.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "analysis/test_model.h"
#include "audio/encode.h"
#include "base/digest.h"
#include "base/file.h"
#include "server/folder_lock.h"
#include "server/server.h"
#include "server/test_client.h"
#include "server/test_folder.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::vector<std::byte> Model(const std::string& version) {
  auto metadata = analysis::TestMetadata();
  metadata.version = version;
  return analysis::MeanModel(metadata);
}

// Two seconds of a tone; another `pitch`, other bytes.
std::string Sound(int pitch) {
  audio::Recording recording;
  recording.sample_rate_hz = 2000;
  for (int i = 0; i < 4000; ++i) {
    recording.samples.push_back(static_cast<float>(0.3 * std::sin(0.01 * (pitch + 10) * i)));
  }
  const auto wav = audio::EncodeWav(recording);
  EXPECT_TRUE(wav);
  return {reinterpret_cast<const char*>(wav->data()), wav->size()};
}

class TrainingRoutesTest : public testing::Test {
 protected:
  TrainingRoutesTest() {
    EXPECT_TRUE(base::WriteFileAtomically(folder_.path() / "shipped.onnx", Model("1.0")));
    EXPECT_TRUE(base::WriteFileAtomically(folder_.path() / "better.onnx", Model("1.0+r2")));
  }
  ~TrainingRoutesTest() override { Stop(); }

  void Start() {
    server_.emplace(RunningServer::WithModel{}, [&](ServerOptions& options) {
      options.data_dir = data_dir();
      options.shipped_model = folder_.path() / "shipped.onnx";
      options.trainer = trainer_;
    });
  }
  void Stop() {
    if (!server_) return;
    server_->server().Stop();
    EXPECT_TRUE(server_->Join());
    server_.reset();
  }

  // A trainer that does this; "$2" is the folder of its work.
  void TrainBy(const std::string& script) {
    trainer_ = folder_.path() / "heartbeat-train";
    std::ofstream(trainer_) << "#!/bin/sh\nset -e\n" << script << "\n";
    fs::permissions(trainer_, fs::perms::owner_all);
  }
  std::string Succeeding() const {
    return "grep -q '\"epochs\":8' $2/job.json\n"
           "test $(ls $2/data | wc -l) = 21\n"  // 20 recordings and the manifest
           "echo one line > $2/log.txt\n"
           "mkdir $2/candidate\n"
           "cp " +
           (folder_.path() / "better.onnx").string() +
           " $2/candidate/heartbeat.onnx\n"
           "echo '[]' > $2/candidate/history.json\n"
           "echo '{\"recordings\":20}' > $2/candidate/comparison.json";
  }

  std::optional<Answer> Ask(std::string_view method, const std::string& target,
                            const std::string& headers = "") {
    TestClient client(server_->port());
    client.Send(PlainRequest(method, target, headers));
    return client.Read();
  }
  json Upload(const std::string& training_class, const std::string& content,
              const std::string& name = "a.wav") {
    TestClient client(server_->port());
    auto request = PredictRequest(content, "files", name);
    const std::string path = "/upload-training-data?target_class=" + training_class;
    request.replace(request.find("/predict"), 8, path);
    return Json(client.Ask(request));
  }
  void UploadEnough() {
    for (int i = 0; i < 20; ++i) {
      const auto answer = Upload(i % 2 == 0 ? "normal" : "abnormal", Sound(i));
      ASSERT_EQ(answer.value("count", 0), 1) << answer;
    }
  }
  json Status() { return Json(Ask("GET", "/training-status")); }
  json AwaitEnd() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    json status = Status();
    while (status["status"] == "running" && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      status = Status();
    }
    return status;
  }
  [[nodiscard]] fs::path data_dir() const { return folder_.path() / "data"; }

  TestFolder folder_;
  fs::path trainer_;
  std::optional<RunningServer> server_;
};

TEST_F(TrainingRoutesTest, KeepsUploadsUnderTheirSha256) {
  Start();
  const auto sound = Sound(1);
  const auto answer = Upload("normal", sound, "../../Jane Doe.mp3");
  EXPECT_EQ(answer["count"], 1);
  EXPECT_EQ(answer["results"][0]["status"], "success");
  EXPECT_EQ(answer["results"][0]["file_name"], "../../Jane Doe.mp3");
  const auto sha256 = base::Sha256Hex(std::as_bytes(std::span(sound)));
  EXPECT_EQ(base::ReadTextFile(data_dir() / "train/normal" / (sha256 + ".wav")).value_or(""),
            sound);
  EXPECT_THAT(Upload("normal", sound)["message"].get<std::string>(), HasSubstr("had been there"));
  const auto count = Json(Ask("GET", "/visualizations/class-distribution"));
  EXPECT_EQ(count["distribution"], (json{{"normal", 1}, {"abnormal", 0}}));

  const auto other = Upload("abnormal", sound);
  EXPECT_EQ(other["count"], 0);
  EXPECT_THAT(other["results"][0]["error"].get<std::string>(), HasSubstr("already kept as normal"));
  const auto no_sound = Upload("normal", "no sound at all");
  EXPECT_EQ(no_sound["results"][0]["type"], "/problems/unsupported-format");
  EXPECT_EQ(Upload("sideways", sound)["status"], 400);
  EXPECT_EQ(Upload("", sound)["status"], 400);
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(data_dir() / "train")) {
    files += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(files, 1U) << "nothing temporary, nothing twice";
}

TEST_F(TrainingRoutesTest, SaysWhatIsMissing) {
  Start();
  const auto not_installed = Ask("POST", "/retrain");
  EXPECT_EQ(server::Status(not_installed), 501);
  EXPECT_THAT(Json(not_installed).value("detail", ""), HasSubstr("heartbeat-train"));
  Stop();
  TrainBy("exit 1");
  Start();
  static_cast<void>(Upload("normal", Sound(1)));
  const auto too_few = Ask("POST", "/retrain");
  EXPECT_EQ(server::Status(too_few), 422);
  EXPECT_EQ(Json(too_few)["type"], "/problems/too-few-recordings");
  EXPECT_THAT(Json(too_few).value("detail", ""), HasSubstr("1 normal recordings of 1 person"));
  EXPECT_EQ(server::Status(Ask("POST", "/retrain/stop")), 409);
  const auto idle = Status();
  EXPECT_EQ(idle["status"], "idle");
  EXPECT_EQ(idle["log"], json::array());
  EXPECT_EQ(server::Status(Ask("POST", "/retrain", "Sec-Fetch-Site: cross-site\r\n")), 403);
}

TEST_F(TrainingRoutesTest, PutsTheCandidateOnTheShelfAndDoesNotServeIt) {
  TrainBy(Succeeding());
  Start();
  UploadEnough();
  EXPECT_EQ(Json(Ask("POST", "/retrain"))["status"], "started");
  const auto status = AwaitEnd();
  ASSERT_EQ(status["status"], "succeeded") << status;
  EXPECT_EQ(status["progress"], 100);
  EXPECT_EQ(status["candidate"]["version"], "1.0+r2");
  EXPECT_EQ(status["comparison"]["recordings"], 20);
  EXPECT_EQ(status["log"], (json{"one line"}));
  EXPECT_EQ(status["recordings"],
            (json{{"normal", 10}, {"abnormal", 10}, {"from_history", 0}, {"from_folder", 20}}));
  EXPECT_TRUE(status["ended_at"].is_string());
  EXPECT_EQ(Json(Ask("GET", "/model"))["version"], "1.0");
  const auto entry = Json(Ask("GET", "/models"))["models"][0];
  EXPECT_EQ(entry["version"], "1.0+r2");
  EXPECT_EQ(entry["available"], true);
  EXPECT_EQ(entry["comparison"]["recordings"], 20);
  EXPECT_FALSE(fs::exists(data_dir() / "retrain/work")) << "recordings stay nowhere else";

  EXPECT_EQ(server::Status(Ask("POST", "/models/1.0+r2/promote")), 200);
  EXPECT_EQ(Json(Ask("GET", "/model"))["version"], "1.0+r2");
  EXPECT_EQ(Json(Ask("GET", "/model/training-history"))["epochs"], json::array());
  EXPECT_EQ(server::Status(Ask("GET", "/model/evaluation")), 404);
  Stop();
  Start();  // what is known of it outlives the server
  EXPECT_EQ(Status()["candidate"], status["candidate"]);
}

TEST_F(TrainingRoutesTest, OneAtATimeAndStoppedWhenAsked) {
  TrainBy(
      "echo '{\"progress\":42,\"message\":\"at it\",\"seconds_left\":7}' > $2/progress.json\n"
      "trap 'exit 130' INT\nwhile true; do sleep 0.05; done");
  Start();
  UploadEnough();
  ASSERT_EQ(server::Status(Ask("POST", "/retrain")), 200);
  auto status = Status();
  for (int i = 0; i < 1000 && status["progress"] != 42; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    status = Status();
  }
  EXPECT_EQ(status["status"], "running");
  EXPECT_EQ(status["progress"], 42);
  EXPECT_EQ(status["message"], "at it");
  EXPECT_EQ(status["seconds_left"], 7);
  EXPECT_EQ(status["ended_at"], nullptr);
  EXPECT_EQ(server::Status(Ask("POST", "/retrain")), 409);
  EXPECT_EQ(Json(Ask("POST", "/retrain/stop"))["status"], "stopping");
  EXPECT_EQ(AwaitEnd()["status"], "stopped");
  EXPECT_FALSE(fs::exists(data_dir() / "retrain/work"));
  EXPECT_EQ(Json(Ask("GET", "/models"))["models"].size(), 1U);
  EXPECT_EQ(server::Status(Ask("POST", "/retrain")), 200) << "the lock is free again";
}

TEST_F(TrainingRoutesTest, AFailureIsToldWithoutFolders) {
  TrainBy("echo heartbeat-train: cannot read $2/data/x.wav >&2; exit 1");
  Start();
  UploadEnough();
  ASSERT_EQ(server::Status(Ask("POST", "/retrain")), 200);
  const auto status = AwaitEnd();
  EXPECT_EQ(status["status"], "failed");
  const auto message = status["message"].get<std::string>();
  EXPECT_THAT(message, HasSubstr("cannot read"));
  EXPECT_THAT(message, Not(HasSubstr(data_dir().string())));
}

TEST_F(TrainingRoutesTest, ACandidateThatIsNoModelIsNone) {
  TrainBy("mkdir $2/candidate; echo no model > $2/candidate/heartbeat.onnx");
  Start();
  UploadEnough();
  ASSERT_EQ(server::Status(Ask("POST", "/retrain")), 200);
  EXPECT_EQ(AwaitEnd()["status"], "failed");
  EXPECT_FALSE(fs::exists(data_dir() / "models"));
}

TEST_F(TrainingRoutesTest, TheEndOfTheServerEndsTheTraining) {
  TrainBy("trap 'touch " + (folder_.path() / "ended").string() + "; exit 130' INT\ntouch " +
          (folder_.path() / "begun").string() + "\nwhile true; do sleep 0.05; done");
  Start();
  UploadEnough();
  ASSERT_EQ(server::Status(Ask("POST", "/retrain")), 200);
  for (int i = 0; i < 1000 && !fs::exists(folder_.path() / "begun"); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  Stop();
  EXPECT_TRUE(fs::exists(folder_.path() / "ended"));
  EXPECT_FALSE(FolderLock::IsHeld(data_dir() / "retrain/lock"));
  Start();
  const auto status = Status();
  EXPECT_EQ(status["status"], "failed");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("server was stopped"));
}

TEST_F(TrainingRoutesTest, AfterACrashItIsNotedAndCleanedUp) {
  Start();
  Stop();
  fs::create_directories(data_dir() / "retrain/work/data");
  ASSERT_TRUE(base::WriteFileAtomically(data_dir() / "retrain/status.json",
                                        R"({"status":"running","progress":3,"message":"x"})"));
  ASSERT_TRUE(base::WriteFileAtomically(data_dir() / "retrain/work/log.txt", "a line\n"));
  Start();
  const auto status = Status();
  EXPECT_EQ(status["status"], "failed");
  EXPECT_EQ(status["log"], (json{"a line"}));
  EXPECT_FALSE(fs::exists(data_dir() / "retrain/work"));
}

TEST_F(TrainingRoutesTest, AnotherServersTrainingIsSeenAndLeftAlone) {
  Start();
  const auto lock = FolderLock::Take(data_dir() / "retrain/lock");
  ASSERT_FALSE(lock) << "the folder is made with the first training";
  fs::create_directories(data_dir() / "retrain");
  const auto held = FolderLock::Take(data_dir() / "retrain/lock");
  ASSERT_TRUE(held && *held);
  ASSERT_TRUE(base::WriteFileAtomically(data_dir() / "retrain/status.json",
                                        R"({"status":"running","message":"elsewhere"})"));
  EXPECT_EQ(Status()["status"], "running");
  const auto stop = Ask("POST", "/retrain/stop");
  EXPECT_EQ(server::Status(stop), 409);
  EXPECT_THAT(Json(stop).value("detail", ""), HasSubstr("another server"));
}

}  // namespace
}  // namespace heartbeat::server
