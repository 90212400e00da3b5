#pragma once

#include <map>
#include <optional>
#include <string>

#include "tidemark/admin/operation_target.hpp"
#include "tidemark/store/engine.hpp"

namespace tidemark::admin {

/// Carries out what is asked of the store: `store delete`, `truncate`, `retain`, `skip`, `compact`,
/// `archive` and `forget`. Compaction and archiving go on in bounded rounds until there is no more.
class StoreOperations {
 public:
  /// The store is opened for writing and outlives it.
  explicit StoreOperations(store::StoreEngine& store) : store_(store) {}

  /// `verb` is the part behind "store "; none for one that it does not have.
  [[nodiscard]] static bool has(const std::string& verb);
  std::optional<OperationOutcome> execute(const Operation& operation, const std::string& verb);

 private:
  OperationOutcome delete_stream(const Operation& operation);
  OperationOutcome truncate(const Operation& operation);
  OperationOutcome retain(const Operation& operation);
  OperationOutcome skip(const Operation& operation);
  OperationOutcome forget(const Operation& operation);
  std::optional<OperationOutcome> compact(const Operation& operation);
  std::optional<OperationOutcome> archive(const Operation& operation);
  OperationOutcome change(const Operation& operation, decltype(store::LifeCycleChange::what) what);
  std::string stream_of(const decltype(store::LifeCycleChange::what)& what);

  store::StoreEngine& store_;
  std::map<Uuid, store::Compacted> compacting_;  ///< by operation, under way
  std::map<Uuid, store::Archived> archiving_;    ///< likewise
};

}  // namespace tidemark::admin
