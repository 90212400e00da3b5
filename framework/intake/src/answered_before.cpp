#include "answered_before.hpp"

namespace tidemark::intake {

bool AnsweredBefore::knows(const CommandId& command) const {
  return known_unsaved_.contains(command) || file_.answered(command);
}

void AnsweredBefore::add(const CommandId& command) {
  if (known_unsaved_.insert(command).second) unsaved_.push_back(command);
}

void AnsweredBefore::saved() {
  unsaved_.clear();
  known_unsaved_.clear();
}

}  // namespace tidemark::intake
