// GET /events over real sockets, with a real store.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server/event_hub.h"
#include "server/test_client.h"
#include "server/test_folder.h"
#include "server/test_server.h"
#include "store/store.h"

namespace heartbeat::server {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

struct Event {
  std::string type;
  std::string id;
  json data;
};

// A client that listens.
class Listener {
 public:
  explicit Listener(std::uint16_t port, const std::string& last_id = "",
                    const std::string& query = "")
      : client_(port) {
    client_.Send(PlainRequest("GET", "/events" + query,
                              last_id.empty() ? "" : "Last-Event-ID: " + last_id + "\r\n"));
    head_ = client_.ReadUntil("\r\n\r\n");
    begin_ = client_.ReadUntil("retry: 2000\n\n");
  }
  [[nodiscard]] const std::string& head() const { return head_; }

  // The next one that is no `load`; of type "" where none came.
  Event Next() {
    while (true) {
      auto event = NextOfAny();
      if (event.type != "load") return event;
    }
  }
  Event NextOfAny() {
    Event event;
    const auto text = client_.ReadUntil("\n\n");
    event.type = FieldOf(text, "event: ");
    event.id = FieldOf(text, "id: ");
    event.data = json::parse(FieldOf(text, "data: "), nullptr, false);
    return event;
  }
  // The ids of the predictions up to the one with this id.
  std::vector<std::string> IdsUntil(const std::string& id) {
    std::vector<std::string> ids;
    do {
      ids.push_back(Next().id);
    } while (ids.back() != id && !ids.back().empty());
    return ids;
  }

 private:
  static std::string FieldOf(const std::string& text, const std::string& name) {
    auto at = text.find(name);
    if (at == std::string::npos) return "";
    at += name.size();
    return text.substr(at, text.find('\n', at) - at);
  }

  TestClient client_;
  std::string head_;
  std::string begin_;
};

class EventsTest : public testing::Test {
 protected:
  EventsTest() { Start(); }

  void Start(bool keep_history = true, std::size_t max_connections = 256) {
    client_.reset();
    running_.reset();
    running_.emplace([&](ServerOptions& options) {
      options.keep_history = keep_history;
      options.max_connections = max_connections;
      options.data_dir = folder_.path();
    });
    running_->predictor().predict = JudgeBySize;
    client_.emplace(running_->port());
  }

  std::string Predict(const std::string& name = "a.wav") {
    return Json(client_->Ask(PredictRequest("a recording", "file", name))).value("id", "");
  }
  std::optional<Answer> Ask(const std::string& method, const std::string& target) {
    return client_->Ask(PlainRequest(method, target));
  }
  void Label(const std::string& id, const std::string& label) {
    const auto body = json{{"label", label}, {"by", "Dr. A"}}.dump();
    EXPECT_EQ(Status(client_->Ask("PUT /predictions/" + id + "/label HTTP/1.1\r\nHost: test\r\n" +
                                  "Content-Type: application/json\r\nContent-Length: " +
                                  std::to_string(body.size()) + "\r\n\r\n" + body)),
              200);
  }

  TestFolder folder_;
  std::optional<RunningServer> running_;
  std::optional<TestClient> client_;
};

TEST_F(EventsTest, AreAStreamThatNoProxyKeeps) {
  Listener listener(running_->port());
  EXPECT_THAT(listener.head(), HasSubstr("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(listener.head(), HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(listener.head(), HasSubstr("X-Accel-Buffering: no\r\n"));
  EXPECT_THAT(listener.head(), HasSubstr("Cache-Control: no-store\r\n"));
  for (int i = 0; i < 2; ++i) {  // neither while its answer begins nor later
    EXPECT_EQ(listener.NextOfAny().data["requests_in_flight"], 0);
  }
}

TEST_F(EventsTest, TellOfPredictionsLabelsAndDeletions) {
  Listener listener(running_->port());
  const auto id = Predict("Jane.wav");
  const auto page = Json(Ask("GET", "/predictions"));
  auto event = listener.Next();
  EXPECT_EQ(event.type, "prediction");
  EXPECT_EQ(event.id, id);
  EXPECT_EQ(event.data, page["predictions"][0]);
  Label(id, "normal");
  event = listener.Next();
  EXPECT_EQ(event.type, "label");
  EXPECT_EQ(event.id, "");
  EXPECT_EQ(event.data, (json{{"prediction_id", id}, {"label", "normal"}}));
  client_->Send(PlainRequest("DELETE", "/predictions/" + id));
  EXPECT_EQ(Status(client_->Read(false)), 204);
  event = listener.Next();
  EXPECT_EQ(event.type, "deletion");
  EXPECT_EQ(event.id, "");
  EXPECT_EQ(event.data, (json{{"prediction_id", id}}));
}

TEST_F(EventsTest, TellNothingOfWhatFailed) {
  Listener listener(running_->port());
  running_->predictor().predict = [](auto, auto) -> base::Result<json> { return json::object(); };
  EXPECT_EQ(Status(client_->Ask(PredictRequest("a recording"))), 500);
  EXPECT_EQ(Status(Ask("DELETE", "/predictions/none")), 404);
  running_->predictor().predict = JudgeBySize;
  const auto id = Predict();
  EXPECT_EQ(listener.Next().id, id);
}

TEST_F(EventsTest, BeginWithTheLoadAndTellItOnceASecond) {
  Predict();
  Listener listener(running_->port());
  for (int i = 0; i < 2; ++i) {
    const auto event = listener.NextOfAny();
    EXPECT_EQ(event.type, "load");
    const auto& load = event.data;
    EXPECT_EQ(load["model_loaded"], true);
    EXPECT_EQ(load["model"], nullptr);  // the fake one tells nothing of itself
    // A request is counted once its answer is sent, which may be after the first event.
    EXPECT_GE(load["requests_total"], i);
    EXPECT_EQ(load["queue"]["limit"], 64);
    EXPECT_EQ(load["queue"]["threads"], 2);
    EXPECT_EQ(load["connections"]["open"], 2);
    EXPECT_EQ(load["connections"]["limit"], 256);
    EXPECT_EQ(load["predictions_served"], 1);
    EXPECT_GE(load["latency_ms"]["p99"], load["latency_ms"]["p50"]);
    EXPECT_EQ(load["verdicts"],
              (json{{"normal", 0}, {"abnormal", 1}, {"uncertain", 0}, {"poor_quality", 0}}));
    EXPECT_EQ(load["queue"]["waiting"], 0);
  }
}

TEST_F(EventsTest, ComeAgainAfterTheLastThatWasSeen) {
  const auto first = Predict();
  const auto second = Predict();
  const auto third = Predict();
  Label(third, "unsure");
  Listener listener(running_->port(), first);
  auto event = listener.Next();
  EXPECT_EQ(event.id, second);
  event = listener.Next();
  EXPECT_EQ(event.id, third);
  EXPECT_EQ(event.data["label"], "unsure");  // as it is now
  const auto fourth = Predict();
  EXPECT_EQ(listener.Next().id, fourth);
  Listener by_query(running_->port(), "", "?last_event_id=" + third);
  EXPECT_EQ(by_query.Next().id, fourth);
  Listener by_header(running_->port(), second, "?last_event_id=" + third);
  EXPECT_EQ(by_header.Next().id, third);
}

TEST_F(EventsTest, LeaveOutWhatWasDeletedMeanwhile) {
  const auto first = Predict();
  const auto second = Predict();
  const auto third = Predict();
  for (const auto& id : {first, second}) {
    client_->Send(PlainRequest("DELETE", "/predictions/" + id));
    EXPECT_EQ(Status(client_->Read(false)), 204);
  }
  Listener listener(running_->port(), first);
  EXPECT_EQ(listener.Next().id, third);
}

TEST_F(EventsTest, ComeAgainAfterARestart) {
  const auto first = Predict();
  const auto second = Predict();
  Start();
  const auto third = Predict();
  Listener listener(running_->port(), second);
  // What was kept shortly before may come twice, in its order.
  EXPECT_THAT(listener.IdsUntil(third), ElementsAre(first, third));
  const auto fourth = Predict();
  EXPECT_EQ(listener.Next().id, fourth);
}

TEST_F(EventsTest, GoOnFromNowForAnIdThatNobodyKnows) {
  Predict();
  for (const std::string id : {"nonsense", "%27", "\xff"}) {
    Listener listener(running_->port(), id);
    const auto next = Predict();
    EXPECT_EQ(listener.Next().id, next) << id;
  }
}

TEST_F(EventsTest, ComeWithoutAHistoryAndAreNotKept) {
  Start(false);
  Listener listener(running_->port());
  const auto first = Predict();
  const auto event = listener.Next();
  EXPECT_EQ(event.type, "prediction");
  EXPECT_EQ(event.id, first);
  EXPECT_EQ(event.data["verdict"], "abnormal");
  const auto second = Predict();
  EXPECT_EQ(listener.Next().id, second);
  Listener late(running_->port(), first);
  const auto third = Predict();
  EXPECT_EQ(late.Next().id, third);
}

TEST_F(EventsTest, LeaveConnectionsToOthers) {
  Start(true, 8);
  std::vector<std::unique_ptr<Listener>> listeners;
  for (int i = 0; i < 7; ++i) {
    client_.reset();  // of eight connections, seven may listen
    listeners.push_back(std::make_unique<Listener>(running_->port()));
  }
  client_.emplace(running_->port());
  const auto refused = Ask("GET", "/events");
  EXPECT_EQ(Status(refused), 503);
  EXPECT_EQ(Json(refused)["type"], "/problems/overloaded");
  EXPECT_NE(Predict(), "");
}

TEST_F(EventsTest, RefuseWhatTheyDoNotKnow) {
  const auto refused = Ask("GET", "/events?since=1");
  EXPECT_EQ(Status(refused), 400);
  EXPECT_THAT(Json(refused)["detail"].get<std::string>(), HasSubstr("last_event_id"));
}

}  // namespace
}  // namespace heartbeat::server
