// Any bytes as the JSON of a label, through the route and into a history: what is answered is what
// was kept, and what is refused leaves nothing.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/id.h"
#include "server/api_context.h"
#include "server/label_routes.h"
#include "store/store.h"
#include "store/text.h"

namespace {

namespace server = heartbeat::server;
namespace store = heartbeat::store;

void Require(bool holds) {
  if (!holds) std::abort();
}

// A history of one prediction, in a folder that goes with the program.
class History {
 public:
  History() {
    std::string name = (std::filesystem::temp_directory_path() / "label-fuzz-XXXXXX").string();
    Require(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    store::StoreOptions options;
    options.data_dir = folder_;
    auto opened = store::Store::Open(options);
    Require(opened.has_value());
    store_ = *std::move(opened);
    const std::vector<std::byte> recording(100);
    store::Prediction prediction;
    prediction.id = heartbeat::base::NewId();
    prediction.time = store::Now();
    prediction.file_name = "a";
    prediction.sha256 = heartbeat::base::Sha256Hex(recording);
    prediction.model = {"m", "1", std::string(64, 'a')};
    prediction.answer = "{}";
    Require(store_->AddPrediction(prediction, recording).has_value());
    id_ = prediction.id;
  }
  ~History() {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  [[nodiscard]] store::Store& store() { return *store_; }
  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<store::Store> store_;
  std::string id_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static History history;
  static std::size_t labels = 0;
  static const server::Router router = [] {
    auto context = std::make_shared<server::ApiContext>();
    context->history = &history.store();
    server::Router made;
    server::AddLabelRoutes(made, context);
    return made;
  }();

  const auto match = router.Match("PUT", "/predictions/" + history.id() + "/label");
  Require(match.route != nullptr);
  server::Request request;
  request.id = "request";
  request.method = "PUT";
  request.parameters = match.parameters;
  request.headers.Add("Content-Type", "application/json");
  request.body.assign(reinterpret_cast<const char*>(data), size);
  const auto answered = match.route->handler(request);
  if (!answered) {
    Require(answered.error().code == heartbeat::base::ErrorCode::kBadRequest ||
            answered.error().code == heartbeat::base::ErrorCode::kInvalidArgument);
    Require(answered.error().message.size() > 10);
    return 0;
  }
  Require(answered->status == 200);
  const auto answer = nlohmann::json::parse(answered->body);
  const auto kept = history.store().Labels(history.id());
  Require(kept && kept->size() == ++labels);
  const auto& label = kept->back();
  Require(answer.at("label") == store::Name(label.value));
  Require(answer.at("by") == label.who && !label.who.empty());
  Require(store::ToValidUtf8(label.comment) == label.comment);
  return 0;
}
