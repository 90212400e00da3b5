#pragma once

#include <set>
#include <vector>

#include "progress_file.hpp"

namespace tidemark::intake {

/// Commands of lines that were answered without an event (nothing to do, or a rejection). The log
/// has no place that tells a first answer from its repetition, so intake's file remembers them.
class AnsweredBefore {
 public:
  explicit AnsweredBefore(ProgressFile& file) : file_(file) {}
  [[nodiscard]] bool knows(const CommandId& command) const;
  void add(const CommandId& command);
  /// Those that are not in the file yet.
  [[nodiscard]] const std::vector<CommandId>& unsaved() const { return unsaved_; }
  /// They are in the file now.
  void saved();

 private:
  ProgressFile& file_;
  std::vector<CommandId> unsaved_;
  std::set<CommandId> known_unsaved_;
};

}  // namespace tidemark::intake
