#include "tidemark/saga/saga_model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/bytes.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::saga {

const StateInfo* find_state(const SagaModel& model, std::string_view name) {
  const auto& states = model.states();
  const auto found = std::ranges::find(states, name, &StateInfo::name);
  return found == states.end() ? nullptr : &*found;
}

std::optional<std::size_t> find_row(const SagaModel& model, std::string_view name) {
  const auto& rows = model.rows();
  const auto found = std::ranges::find(rows, name, &RowInfo::name);
  if (found == rows.end()) return std::nullopt;
  return static_cast<std::size_t>(found - rows.begin());
}

namespace detail {

std::string make_table_hash(const SagaModel& model) {
  security::Hasher hasher;
  hasher.text(model.spec().name).text(fingerprint(model.data_type()));
  for (const auto& state : model.states()) hasher.text(state.name).number(state.final ? 1 : 0);
  for (const auto& row : model.rows()) {
    hasher.text(row.name).text(row.to).number((row.guarded ? 1U : 0U) + (row.undoable ? 2U : 0U) +
                                              (row.compensates ? 4U : 0U));
  }
  return to_hex(security::as_bytes(hasher.finish())).substr(0, 32);
}

void add_row(std::vector<RowInfo>& rows, RowInfo row) {
  const auto same = std::ranges::count_if(rows, [&](const RowInfo& other) {
    return other.from == row.from && other.input == row.input;
  });
  row.name = fmt::format("{}+{}#{}", row.from, row.input, same + 1);
  rows.push_back(std::move(row));
}

void add_state(std::vector<StateInfo>& states, std::string_view name, bool final) {
  if (std::ranges::find(states, name, &StateInfo::name) == states.end()) {
    states.push_back({.name = std::string(name), .final = final});
  }
}

void add_event(std::vector<const google::protobuf::Descriptor*>& events,
               const google::protobuf::Descriptor& event) {
  if (std::ranges::find(events, &event) == events.end()) events.push_back(&event);
}

}  // namespace detail
}  // namespace tidemark::saga
