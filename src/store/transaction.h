#pragma once

#include "store/backend.h"

namespace heartbeat::store {

// A transaction that may write (Backend::BeginWrite), rolled back unless it is committed.
class Transaction {
 public:
  Transaction(const Backend& backend, soci::session& session);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void Commit();  // throws soci::soci_error

 private:
  const Backend& backend_;
  soci::session& session_;
  bool open_ = true;
};

}  // namespace heartbeat::store
