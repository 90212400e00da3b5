#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tidemark/admin/operation_target.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/saga/coordinator.hpp"

namespace tidemark::admin {

class StoreOperations;

/// Carries out the verbs that every application has, on its files and through its sagas'
/// coordinators. Verbs and arguments:
///
/// | verb | arguments | |
/// |---|---|---|
/// | `projection rebuild`, `rollback`, `cancel`, `retry`, `retire` | projection | its builds |
/// | `projection pause`, `resume` | projection | all its builds' feeds |
/// | `saga retry`, `resume`, `pause`, `cancel` | saga, instance | |
/// | `parked retry`, `drop` | entry | |
/// | `store delete` | stream, deletion (`soft`, `hard`), force | |
/// | `store truncate` | stream, before, force | |
/// | `store retain` | stream, max_count, max_age | neither: all is kept |
/// | `store skip` | event, undo, force | |
/// | `store compact` | | |
/// | `store forget` | consumer | |
/// | `delayed cancel`, `retry` | command | |
/// | `group retry`, `drop` | group, key, position (`drop`: of the event) | |
///
/// Blocks for one small transaction of the file in question, or for one append. An outcome's code
/// is that of the module asked, or "operation.unknown_verb".
class Operations final : public OperationTarget {
 public:
  /// `site`: over the application's own log, opened for writing. Everything outlives it.
  Operations(const Site& site, const Clock& clock, std::vector<saga::Coordinator*> sagas);
  ~Operations() override;
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  std::optional<OperationOutcome> execute(const Operation& operation) override;

 private:
  [[nodiscard]] OperationOutcome build(const Operation& operation, const std::string& verb) const;
  [[nodiscard]] OperationOutcome feed(const Operation& operation, bool pause) const;
  [[nodiscard]] OperationOutcome saga(const Operation& operation, const std::string& verb) const;
  [[nodiscard]] OperationOutcome parked(const Operation& operation, bool drop) const;
  [[nodiscard]] OperationOutcome parked_key(const Operation& operation, bool drop) const;
  [[nodiscard]] OperationOutcome rewind(const Operation& operation) const;
  [[nodiscard]] OperationOutcome delayed(const Operation& operation, bool cancel) const;

  const Site& site_;
  const Clock& clock_;
  const std::vector<saga::Coordinator*> sagas_;
  const std::unique_ptr<StoreOperations> store_;
};

}  // namespace tidemark::admin
