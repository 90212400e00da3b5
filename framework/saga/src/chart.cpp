#include <fmt/format.h>

#include "tidemark/saga/saga_model.hpp"

namespace tidemark::saga {
namespace {

std::string label(const RowInfo& row) {
  auto text = row.input;
  if (const auto dot = text.rfind('.'); dot != std::string::npos) {
    const auto space = text.find(' ');
    const auto prefix = space == std::string::npos ? std::string() : text.substr(0, space + 1);
    text = prefix + text.substr(dot + 1);
  }
  if (row.guarded) text += " [guarded]";
  if (row.compensates) text += " / compensate";
  if (row.undoable) text += " / undoable";
  return text;
}

}  // namespace

std::string timer_name(std::int64_t seconds) {
  if (seconds % 86'400 == 0) return fmt::format("after {} d", seconds / 86'400);
  if (seconds % 3600 == 0) return fmt::format("after {} h", seconds / 3600);
  if (seconds % 60 == 0) return fmt::format("after {} min", seconds / 60);
  return fmt::format("after {} s", seconds);
}

std::string mermaid(const SagaModel& model) {
  auto text = fmt::format("stateDiagram-v2\n  [*] --> {}\n", model.states().front().name);
  for (const auto& row : model.rows()) {
    text +=
        fmt::format("  {} --> {} : {}\n", row.from, row.to.empty() ? row.from : row.to, label(row));
  }
  for (const auto& state : model.states()) {
    if (state.final) text += fmt::format("  {} --> [*]\n", state.name);
  }
  return text;
}

std::string dot(const SagaModel& model) {
  auto text = fmt::format("digraph {} {{\n  rankdir=LR;\n  node [shape=box, style=rounded];\n",
                          model.spec().name);
  for (const auto& state : model.states()) {
    if (state.final) text += fmt::format("  {} [peripheries=2];\n", state.name);
  }
  for (const auto& row : model.rows()) {
    text +=
        fmt::format("  {} -> {} [label=\"{}\"{}];\n", row.from, row.to.empty() ? row.from : row.to,
                    label(row), row.to.empty() ? ", style=dashed" : "");
  }
  return text + "}\n";
}

}  // namespace tidemark::saga
