#include "hidden.hpp"

#include <fmt/format.h>

#include "tidemark/store/records.hpp"

namespace tidemark::admin {

Hidden why_hidden(const Site& site, const EventView& event) {
  const auto& metadata = event.metadata;
  const Position before(metadata.position.value() - 1);
  for (const auto& skipped : site.store().skipped_events(before, 1)) {
    if (skipped.position == metadata.position) return {"skipped", skipped.who, skipped.reason};
  }
  const auto stream = StreamId::parse(metadata.stream);
  const auto life = stream ? store::find_life(site.store(), *stream) : std::nullopt;
  if (!life) return {.how = "deleted", .who = {}, .reason = {}};
  return {metadata.version <= life->deleted_through ? "deleted" : "truncated", life->who,
          life->reason};
}

std::string to_string(const Hidden& hidden) {
  if (hidden.who.empty()) return fmt::format("({})", hidden.how);
  if (hidden.reason.empty()) return fmt::format("({} by {})", hidden.how, hidden.who);
  return fmt::format("({} by {}: {})", hidden.how, hidden.who, hidden.reason);
}

}  // namespace tidemark::admin
