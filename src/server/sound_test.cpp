// How recordings are drawn: from their bytes, and over real sockets with a real store.

#include "server/sound.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audio/encode.h"
#include "server/test_client.h"
#include "server/test_folder.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// A sine of half of full scale, with a click in its middle.
std::vector<std::byte> SineFile(double duration_s, int sample_rate_hz, double hz = 100) {
  audio::Recording recording{.samples = {}, .sample_rate_hz = sample_rate_hz};
  recording.samples.resize(static_cast<std::size_t>(duration_s * sample_rate_hz));
  for (std::size_t i = 0; i < recording.samples.size(); ++i) {
    const double angle = 2 * std::numbers::pi * hz * static_cast<double>(i) / sample_rate_hz;
    recording.samples[i] = static_cast<float>(0.5 * std::sin(angle));
  }
  recording.samples[recording.samples.size() / 2] = -1;
  return *audio::EncodeWav(recording);
}

std::string_view AsText(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Sound, HoldsAUsualRecordingWhole) {
  const auto sound = ReadSound(SineFile(20, 4000));
  ASSERT_TRUE(sound) << sound.error().message;
  EXPECT_EQ((*sound)->sample_rate_hz, 4000);
  EXPECT_EQ((*sound)->DurationSeconds(), 20);
  EXPECT_EQ((*sound)->waveform.finest(), 1U);
  EXPECT_EQ((*sound)->waveform.All().smallest, -1);
  EXPECT_LT((*sound)->bytes(), 2U << 20);
  EXPECT_TRUE((*sound)->spectrogram.View({.start_s = 19.9, .end_s = 20}));
}

TEST(Sound, OfALongRecordingIsBoundedAndFinerPointsAreReadAgain) {
  const auto file = SineFile(100, 96'000);
  const auto sound = ReadSound(file);
  ASSERT_TRUE(sound) << sound.error().message;
  EXPECT_EQ((*sound)->sample_rate_hz, 96'000);
  EXPECT_EQ((*sound)->waveform.samples(), 9'600'000U);
  EXPECT_EQ((*sound)->waveform.finest(), 32U);  // 9.6 million samples are more than 2^19 * 16
  EXPECT_LE((*sound)->waveform.bytes(), Sound::kMaxPoints * 16);
  const auto points = ReadPoints(file, 1, 4'799'999, 3);
  ASSERT_TRUE(points);
  ASSERT_EQ(points->size(), 3U);
  EXPECT_EQ((*points)[1], (audio::MinMax{-1, -1}));
  EXPECT_NE((*points)[0].smallest, -1);
}

TEST(Sound, RefusesWhatIsNone) {
  const auto refused = ReadSound(std::as_bytes(std::span("no sound, but some bytes")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::kUnsupportedFormat);
}

class SoundRoutesTest : public testing::Test {
 protected:
  SoundRoutesTest() {
    running_.emplace([this](ServerOptions& options) {
      options.keep_history = true;
      options.data_dir = folder_.path();
    });
    running_->predictor().predict = JudgeBySize;
    client_.emplace(running_->port());
  }

  std::string Keep(std::string_view content) {
    return Json(client_->Ask(PredictRequest(content)))["id"].get<std::string>();
  }
  std::optional<Answer> Ask(const std::string& target, const std::string& headers = "") {
    return client_->Ask(PlainRequest("GET", target, headers));
  }
  static std::string PathOf(const std::string& id, const std::string& kind,
                            const std::string& query = "") {
    return "/predictions/" + id + kind + query;
  }
  json Waveform(const std::string& id, const std::string& query = "") {
    return Json(Ask("/predictions/" + id + "/waveform" + query));
  }
  json Spectrogram(const std::string& id, const std::string& query = "") {
    return Json(Ask("/predictions/" + id + "/spectrogram" + query));
  }

  TestFolder folder_;
  std::optional<RunningServer> running_;
  std::optional<TestClient> client_;
};

TEST_F(SoundRoutesTest, DrawTheWholeWaveformFromFewPoints) {
  const auto id = Keep(AsText(SineFile(20, 4000)));
  const auto waveform = Waveform(id);
  EXPECT_EQ(waveform["duration_s"], 20);
  EXPECT_EQ(waveform["sample_rate_hz"], 4000);
  EXPECT_EQ(waveform["start_s"], 0);
  EXPECT_EQ(waveform["end_s"], 20);
  EXPECT_EQ(waveform["samples_per_point"], 64);  // 80000 / 2048 is 39
  EXPECT_EQ(waveform["min"].size(), 1250U);
  EXPECT_EQ(waveform["max"].size(), 1250U);
  EXPECT_EQ(waveform["peak"], 1);
  EXPECT_EQ(waveform["min"][624], -0.5);
  EXPECT_EQ(waveform["min"][625], -1);  // samples 40000 to 40063
  EXPECT_EQ(waveform["max"][625], 0.5);
}

TEST_F(SoundRoutesTest, RoundAPartOutwardsToWholePoints) {
  const auto id = Keep(AsText(SineFile(20, 4000)));
  const auto part = Waveform(id, "?start_s=9.99&end_s=10.01&points=9");
  EXPECT_EQ(part["samples_per_point"], 16);  // 80 samples are 10 times 8
  EXPECT_EQ(part["start_s"], 39952 / 4000.0);
  EXPECT_EQ(part["end_s"], 40048 / 4000.0);
  EXPECT_EQ(part["min"].size(), 6U);
  EXPECT_EQ(part["min"][3], -1);
  const auto single = Waveform(id, "?start_s=10&end_s=10.0005");
  EXPECT_EQ(single["samples_per_point"], 1);
  EXPECT_EQ(single["min"], (json{-1, 0.0782}));  // 0.5 sin(2 pi 100 / 4000)
  EXPECT_EQ(single["max"], single["min"]);
  const auto clipped = Waveform(id, "?start_s=-3&end_s=100&points=1");
  EXPECT_EQ(clipped["start_s"], 0);
  EXPECT_EQ(clipped["end_s"], 20);
  EXPECT_EQ(clipped["samples_per_point"], 131072);
  EXPECT_EQ(clipped["min"], json{-1});
}

TEST_F(SoundRoutesTest, LookAsCloselyAtALongRecording) {
  const auto id = Keep(AsText(SineFile(60, 44'100)));
  EXPECT_EQ(Waveform(id)["samples_per_point"], 2048);
  const auto close = Waveform(id, "?start_s=29.99&end_s=30.01&points=8192");
  EXPECT_EQ(close["samples_per_point"], 1);
  EXPECT_EQ(close["min"].size(), 882U);
  EXPECT_EQ(close["min"][441], -1);
  EXPECT_EQ(close["max"][441], -1);
  EXPECT_NEAR(close["max"][551].get<double>(), 0.5 * std::sin(2 * std::numbers::pi * 110 / 441.0),
              1e-4);
}

TEST_F(SoundRoutesTest, DrawTheSpectrogram) {
  const auto id = Keep(AsText(SineFile(20, 8000, 250)));
  const auto picture = Spectrogram(id, "?start_s=1&end_s=3&frames=100&max_hz=500");
  EXPECT_EQ(picture["start_s"], 1);
  EXPECT_EQ(picture["end_s"], 3);
  EXPECT_EQ(picture["frames"], 100);
  EXPECT_EQ(picture["bands"], 65);
  EXPECT_EQ(picture["min_hz"], 0);
  EXPECT_EQ(picture["max_hz"], 500);
  EXPECT_EQ(picture["min_db"], -80);
  EXPECT_EQ(picture["max_db"], 0);
  EXPECT_EQ(picture["window_s"], 0.064);
  EXPECT_EQ(picture["hop_s"], 0.02);
  const auto values = picture["values"].get<std::string>();
  EXPECT_EQ(values.size(), 4U * ((65 * 100 + 2) / 3));
  // Band 32 is 250 Hz: 100 times 255, of which three bytes are "////".
  EXPECT_EQ(values.substr((32 * 100 / 3 + 1) * 4, 4 * 32), std::string(4 * 32, '/'));
  EXPECT_EQ(values.substr(0, 4), "AAAA");
  const auto all = Spectrogram(id);
  EXPECT_EQ(all["bands"], 129);
  EXPECT_LE(all["frames"], 1024);
  EXPECT_EQ(all["end_s"], 20);
}

TEST_F(SoundRoutesTest, SayWhatTheyRefuse) {
  const auto id = Keep(AsText(SineFile(2, 4000)));
  for (const std::string kind : {"/waveform", "/spectrogram"}) {
    for (const auto& [query, what] :
         {std::pair{"?start_s=2", "it lasts 2.0 s"}, std::pair{"?end_s=0.0", "later"},
          std::pair{"?start_s=-2&end_s=-1", "nothing"}, std::pair{"?start_s=x", "`start_s`"}}) {
      const auto refused = Ask(PathOf(id, kind, query));
      EXPECT_EQ(Status(refused), 400) << kind << query;
      EXPECT_THAT(Json(refused)["detail"].get<std::string>(), HasSubstr(what));
    }
    EXPECT_EQ(Status(Ask("/predictions/none" + kind)), 404);
  }
}

TEST_F(SoundRoutesTest, KnowWhatTheClientHas) {
  const auto id = Keep(AsText(SineFile(2, 4000)));
  for (const std::string kind : {"/waveform", "/spectrogram"}) {
    const auto path = PathOf(id, kind);
    const auto first = Ask(path);
    ASSERT_EQ(Status(first), 200);
    EXPECT_EQ(first->headers.at("cache-control"), "no-store");
    const auto etag = first->headers.at("etag");
    const auto again = Ask(path, "If-None-Match: " + etag + "\r\n");
    EXPECT_EQ(Status(again), 304);
    EXPECT_EQ(again->headers.at("etag"), etag);
    EXPECT_EQ(Status(Ask(path, "If-None-Match: \"other\"\r\n")), 200);
    // The sound itself is another content.
    EXPECT_NE(Ask("/predictions/" + id + "/audio")->headers.at("etag"), etag);
  }
}

TEST_F(SoundRoutesTest, DecodeOnceAndForgetWhatWasDeleted) {
  const auto content = SineFile(2, 4000);
  const auto first = Keep(AsText(content));
  const auto second = Keep(AsText(content));
  ASSERT_EQ(Waveform(first)["duration_s"], 2);
  // The file is gone: what is answered now comes from memory.
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder_.path() / "recordings")) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  ASSERT_EQ(files.size(), 1U);
  std::filesystem::remove(files.front());
  ASSERT_EQ(Status(Ask("/predictions/" + first + "/audio")), 404);
  EXPECT_EQ(Waveform(second)["duration_s"], 2);
  EXPECT_EQ(Spectrogram(first, "?frames=7")["end_s"], 2);
  for (const auto& id : {first, second}) {
    client_->Send(PlainRequest("DELETE", "/predictions/" + id));
    EXPECT_EQ(Status(client_->Read(false)), 204);
    EXPECT_EQ(Status(Ask("/predictions/" + id + "/waveform")), 404);
    EXPECT_EQ(Status(Ask("/predictions/" + id + "/spectrogram")), 404);
  }
}

TEST_F(SoundRoutesTest, TakeADamagedFileForAFailureOfTheServer) {
  const auto id = Keep("these bytes are no sound");
  for (const std::string kind : {"/waveform", "/spectrogram"}) {
    const auto answer = Ask(PathOf(id, kind));
    EXPECT_EQ(Status(answer), 500);
    EXPECT_THAT(answer->body, testing::Not(HasSubstr("verify")));  // that is for the log
  }
}

}  // namespace
}  // namespace heartbeat::server
