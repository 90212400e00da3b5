#pragma once

#include <string>
#include <vector>

#include "tidemark/admin/operation_target.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/saga/coordinator.hpp"

namespace tidemark::admin {

/// Carries out the verbs that every application has, on its files and through its sagas'
/// coordinators. Verbs and arguments:
///
/// | verb | arguments | |
/// |---|---|---|
/// | `projection rebuild`, `rollback`, `cancel`, `retry`, `retire` | projection | its builds |
/// | `projection pause`, `resume` | projection | all its builds' feeds |
/// | `saga retry`, `resume`, `pause`, `cancel` | saga, instance | |
/// | `parked retry`, `drop` | entry | |
///
/// Blocks for one small transaction of the file in question, or for one append. An outcome's code
/// is that of the module asked, or "operation.unknown_verb".
class Operations final : public OperationTarget {
 public:
  /// `site`: over the application's own log, opened for writing. Everything outlives it.
  Operations(const Site& site, const Clock& clock, std::vector<saga::Coordinator*> sagas);

  std::optional<OperationOutcome> execute(const Operation& operation) override;

 private:
  [[nodiscard]] OperationOutcome build(const Operation& operation, const std::string& verb) const;
  [[nodiscard]] OperationOutcome feed(const Operation& operation, bool pause) const;
  [[nodiscard]] OperationOutcome saga(const Operation& operation, const std::string& verb) const;
  [[nodiscard]] OperationOutcome parked(const Operation& operation, bool drop) const;

  const Site& site_;
  const Clock& clock_;
  const std::vector<saga::Coordinator*> sagas_;
};

}  // namespace tidemark::admin
