#include "tidemark/admin/integrity_reports.hpp"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "tidemark/base/bytes.hpp"
#include "tidemark/security/digest.hpp"
#include "tidemark/security/note.hpp"

namespace tidemark::admin {
namespace {

std::string hex(const security::Digest& digest) { return to_hex(security::as_bytes(digest)); }

/// The names below a note.
Value signed_by(const std::string& note) {
  const auto parsed = security::parse_note(note);
  if (!parsed) return Marked{"no note", Mood::bad};
  Texts names;
  for (const auto& signature : parsed->signatures) names.texts.push_back(signature.name);
  return names.texts.empty() ? Value() : Value(std::move(names));
}

std::optional<Position> parse_position(const std::string& text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return Position(number);
}

/// The event that is meant; none when the log does not have it.
std::optional<RecordedEvent> find_event(const Site& site, const std::string& text) {
  const auto position = parse_position(text);
  if (!position) {
    const auto id = Uuid::parse(text);
    return id ? site.store().find_event(EventId(*id)) : std::nullopt;
  }
  std::optional<RecordedEvent> found;
  if (*position == Position()) return found;
  site.store().read({.from = position, .limit = 1}, [&](const EventView& event) {
    if (event.metadata.position == *position) found.emplace(event);
    return false;
  });
  return found;
}

nlohmann::ordered_json checkpoint_json(const store::IssuedCheckpoint& issued) {
  return {{"position", issued.checkpoint.position.value()},
          {"chain", hex(issued.checkpoint.chain)},
          {"root", hex(issued.root)},
          {"issued_at", to_string(issued.issued_at)}};
}

}  // namespace

Report checkpoint_list(const Site& site, std::uint64_t limit) {
  Table table{.name = "checkpoints",
              .columns = {"position", "issued_at", "signed_by", "root"},
              .rows = {},
              .if_empty = "no checkpoints"};
  for (const auto& issued : site.store().issued_checkpoints(limit)) {
    table.rows.push_back({issued.checkpoint.position.value(), issued.issued_at,
                          signed_by(issued.note), hex(issued.root)});
  }
  return Report().add(std::move(table));
}

Report checkpoint_report(const store::IssuedCheckpoint& issued) {
  return Report().add(FactList{.name = {},
                               .facts = {{"position", issued.checkpoint.position.value()},
                                         {"chain", hex(issued.checkpoint.chain)},
                                         {"root", hex(issued.root)},
                                         {"issued_at", issued.issued_at},
                                         {"note", issued.note}}});
}

Result<std::string, Problem> inclusion_proof(const Site& site, const std::string& event) {
  const auto found = find_event(site, event);
  if (!found) {
    return Unexpected(Problem{.code = "store.no_such_event",
                              .field = event,
                              .message = "the log has no event of this position or id",
                              .hint = "`store read` shows those it has"});
  }
  const auto position = found->metadata().position;
  const auto proof = site.store().prove(position);
  if (!proof) {
    return Unexpected(Problem{.code = "store.not_covered",
                              .field = event,
                              .message = "no checkpoint was issued since this event was stored",
                              .hint = "`store checkpoint` issues one"});
  }
  nlohmann::ordered_json json{{"format", "tidemark-inclusion-proof/1"},
                              {"store_id", to_string(site.store().store_id())},
                              {"position", position.value()},
                              {"envelope", to_hex(proof->envelope)},
                              {"data", nullptr},
                              {"data_digest", hex(proof->data_digest)},
                              {"previous", hex(proof->previous)},
                              {"path", nlohmann::ordered_json::array()},
                              {"checkpoint", checkpoint_json(proof->checkpoint)},
                              {"note", proof->checkpoint.note}};
  if (!found->view().tombstone) json["data"] = to_hex(found->data());
  for (const auto& hash : proof->path) json["path"].push_back(hex(hash));
  return json.dump(2) + '\n';
}

}  // namespace tidemark::admin
