#pragma once

#include <functional>
#include <memory>

#include "server/message.h"
#include "server/router.h"
#include "server/work_pool.h"

namespace heartbeat::server {

// What becomes of a request that is done in pieces.
struct PiecesCallbacks {
  std::function<void()> on_piece;  // a piece is done
  std::function<void(Response)> on_answer;
};

// For a job of `pool`, as the last thing it does: begins `request` by route.make_pieces, which must
// be set, and does its pieces in turns. One turn is one piece, then the others that wait in the
// pool have theirs; threads with nothing to do join in. No thread ever waits for another.
// `on_answer` is called once, on one of the pool's threads; not at all where the request is
// abandoned or the pool ends. Exceptions of pieces are answered as our own failure. `route`
// outlives the pool's jobs.
void RunPieces(WorkPool& pool, const Route& route, std::shared_ptr<Request> request,
               PiecesCallbacks callbacks);

}  // namespace heartbeat::server
