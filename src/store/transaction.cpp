#include "store/transaction.h"

#include <soci/soci.h>

namespace heartbeat::store {

Transaction::Transaction(const Backend& backend, soci::session& session)
    : backend_(backend), session_(session) {
  backend.BeginWrite(session);
}

Transaction::~Transaction() {
  if (!open_) return;
  // A full disk may have rolled it back already, which makes this one fail.
  (void)Guard(backend_, [this] { backend_.RunScript(session_, "ROLLBACK"); });
}

void Transaction::Commit() {
  backend_.RunScript(session_, "COMMIT");
  open_ = false;
}

}  // namespace heartbeat::store
