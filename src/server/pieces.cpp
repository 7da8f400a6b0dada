#include "server/pieces.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "server/dispatch.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;

// Shared by those who work on one request.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(WorkPool& pool, std::shared_ptr<Request> request, std::unique_ptr<Pieces> pieces,
      PiecesCallbacks callbacks)
      : pool_(pool),
        request_(std::move(request)),
        pieces_(std::move(pieces)),
        count_(pieces_->count()),
        callbacks_(std::move(callbacks)) {}

  void Start() {
    const std::size_t helpers = std::min(pool_.Load().threads, count_) - 1;
    for (std::size_t i = 0; i < helpers; ++i) {
      pool_.SubmitIdle([self = shared_from_this()] { self->TakeTurn(Place::kIdle); });
    }
    TakeTurn(Place::kQueue);
  }

 private:
  enum class Place { kQueue, kIdle };

  void TakeTurn(Place place) {
    if (request_->abandoned.stop_requested()) return;
    const std::size_t index = next_++;
    if (index >= count_) return;  // whoever does the last piece answers
    Do(index);
    callbacks_.on_piece();
    if (++done_ == count_) {
      callbacks_.on_answer(Guard(request_->id, [this] { return Finish(); }));
      return;
    }
    auto rest = [self = shared_from_this(), place] { self->TakeTurn(place); };
    if (place == Place::kQueue) {
      pool_.Requeue(std::move(rest));
    } else {
      pool_.SubmitIdle(std::move(rest));
    }
  }

  void Do(std::size_t index) {
    try {
      pieces_->Do(index);
    } catch (const std::exception& failure) {
      Fail(std::string("an exception left a piece: ") + failure.what());
    } catch (...) {
      Fail("an unknown exception left a piece");
    }
  }

  void Fail(std::string message) {
    const std::lock_guard lock(mutex_);
    failure_ = {.code = ErrorCode::kInternal, .message = std::move(message)};
  }

  base::Result<Response> Finish() {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    return pieces_->Finish();
  }

  WorkPool& pool_;
  const std::shared_ptr<Request> request_;  // before the pieces, which may point into it
  const std::unique_ptr<Pieces> pieces_;
  const std::size_t count_;
  const PiecesCallbacks callbacks_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> done_ = 0;
  std::mutex mutex_;
  std::optional<base::Error> failure_;
};

}  // namespace

void RunPieces(WorkPool& pool, const Route& route, std::shared_ptr<Request> request,
               PiecesCallbacks callbacks) {
  std::unique_ptr<Pieces> pieces;
  auto refusal = Guard(request->id, [&]() -> base::Result<Response> {
    auto made = route.make_pieces(*request);
    if (!made) return base::Fail(made);
    pieces = *std::move(made);
    return Response{};
  });
  if (!pieces) {
    callbacks.on_answer(std::move(refusal));
    return;
  }
  std::make_shared<Run>(pool, std::move(request), std::move(pieces), std::move(callbacks))->Start();
}

}  // namespace heartbeat::server
