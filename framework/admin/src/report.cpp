#include "tidemark/admin/report.hpp"

#include <algorithm>

namespace tidemark::admin {

const Value* find_fact(const Report& report, std::string_view section, std::string_view name) {
  for (const auto& each : report.sections) {
    const auto* list = std::get_if<FactList>(&each);
    if (list == nullptr || list->name != section) continue;
    const auto fact = std::ranges::find(list->facts, name, &Fact::name);
    if (fact != list->facts.end()) return &fact->value;
  }
  return nullptr;
}

const Table* find_table(const Report& report, std::string_view name) {
  for (const auto& each : report.sections) {
    const auto* table = std::get_if<Table>(&each);
    if (table != nullptr && table->name == name) return table;
  }
  return nullptr;
}

}  // namespace tidemark::admin
