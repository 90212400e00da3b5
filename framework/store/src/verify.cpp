#include "verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "columns.hpp"
#include "sqlite_integrity.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/store/integrity_check.hpp"
#include "verify_appends.hpp"
#include "verify_chain.hpp"
#include "verify_indexes.hpp"
#include "verify_keys.hpp"
#include "verify_side.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t page_size = 10'000;
constexpr std::uint64_t progress_every = 100'000;
constexpr int event_stream_column = 1;  ///< of `event_columns`
constexpr int event_id_column = 5;      ///< likewise

/// Goes through the events by position: gaps, times, categories; and tells the other checks of
/// those that are sound.
class LogCheck {
 public:
  /// The checks that are told of the events that are sound.
  struct Others {
    IndexCheck& indexes;
    KeyCheck& keys;
    SideCheck& side;
    ChainCheck& chain;
  };
  LogCheck(LogReader& reader, const Others& others) : reader_(reader), others_(others) {}

  /// Checks up to `end`; false when something is wrong, which `damage` then says, or the chain.
  bool check_page(Position end);

  [[nodiscard]] Position done() const { return done_; }
  [[nodiscard]] const ChainHash& head() const { return head_; }
  [[nodiscard]] const std::optional<Damage>& damage() const { return damage_; }
  [[nodiscard]] const AppendTally& appends() const { return appends_; }

 private:
  bool check(const sqlite::Statement& row);
  bool check_archive(const EventView& event, const ChainHash& chain);
  bool report(std::string_view code, std::string message);
  std::string_view category(std::int64_t id);

  LogReader& reader_;
  const Others others_;
  const Archive* archive_ = nullptr;  ///< with the page at work; null: it is in the log's file
  Position done_;
  ChainHash head_{};
  UtcTime recorded_at_;
  AppendTally appends_;
  std::map<std::int64_t, std::string> categories_;
  std::optional<Damage> damage_;
};

bool LogCheck::report(std::string_view code, std::string message) {
  damage_ = Damage{.position = done_.next(),
                   .code = fmt::format("verify.{}", code),
                   .message = std::move(message)};
  return false;
}

std::string_view LogCheck::category(std::int64_t id) {
  auto& name = categories_[id];
  if (name.empty()) {
    auto select = reader_.database().statement("SELECT name FROM categories WHERE id = ?1");
    if (select.bind(1, id).next()) name = select.text(0);
  }
  return name;
}

bool LogCheck::check_page(Position end) {
  static const auto sql = fmt::format(
      "SELECT {}, chain, data_digest, category_id FROM events "
      "WHERE position BETWEEN ?1 AND ?2 ORDER BY position",
      event_columns);
  auto& files = reader_.files();
  const auto page_end = (done_.value() / page_size + 1) * page_size;
  try {
    const LogMoment moment(files);
    const auto page = files.clip(
        {.low = done_.next().value(), .high = std::min(end.value(), page_end)}, Direction::forward);
    archive_ = files.archive_at(page.low);
    const auto file = files.holding(page.low);
    auto rows = file->statement(sql);
    rows.bind_all(page.low, page.high);
    while (rows.next()) {
      if (!check(rows)) return false;
    }
    return done_.value() == page.high || report("gap", "there is no event at this position");
  } catch (const Failure& failure) {
    if (is_of_cold_file(failure)) return report("archive", failure.message());
    if (!is_of_damage(failure)) throw;
    return report("unreadable", failure.message());
  }
}

/// What the log says of an archive, which finds its events by it.
bool LogCheck::check_archive(const EventView& event, const ChainHash& chain) {
  const auto& metadata = event.metadata;
  const auto& id = metadata.event_id;
  if (is_by_time(id) ? !archive_->may_hold(id)
                     : reader_.files().archived_place(id) != metadata.position.value()) {
    return report("archive", "readers that ask for its id do not find it in its archive");
  }
  if (metadata.recorded_at > archive_->recorded_last) {
    return report("archive", "recorded after the time at which its archive ends");
  }
  return metadata.position.value() != archive_->last || chain == archive_->chain ||
         report("archive", "its archive was stored with another hash at its end");
}

bool LogCheck::check(const sqlite::Statement& row) {
  const auto event = read_event(row, reader_.names());
  const auto& metadata = event.metadata;
  if (metadata.position != done_.next()) {
    return report("gap", "there is no event at this position");
  }
  ChainCheck::Stored stored{.chain = read_hash(row, event_column_count)};
  if (!row.is_null(event_column_count + 1)) {
    stored.data_digest = read_hash(row, event_column_count + 1);
  } else if (event.tombstone) {
    return report("missing_data", "its data are gone without their digest");
  }
  if (!others_.chain.add(event, stored)) return false;
  if (metadata.recorded_at < recorded_at_) {
    return report("recorded_at", "recorded before the event in front of it");
  }
  if (category(row.integer(event_column_count + 2)) != metadata.category()) {
    return report("category", fmt::format("not the category of {}", metadata.stream));
  }
  if (archive_ != nullptr && !check_archive(event, stored.chain)) return false;
  appends_.add_event(event);
  others_.indexes.add({.position = metadata.position,
                       .type_id = row.integer(event_type_column),
                       .category_id = row.integer(event_column_count + 2),
                       .extra = metadata.extra});
  others_.keys.add({.position = metadata.position.value(),
                    .event_id = row.blob(event_id_column),
                    .stream_id = row.integer(event_stream_column),
                    .version = metadata.version.value()});
  others_.side.add(metadata);
  recorded_at_ = metadata.recorded_at;
  head_ = stored.chain;
  done_ = metadata.position;
  return true;
}

void keep_first(std::optional<Damage>& first, const std::optional<Damage>& found) {
  if (found && (!first || found->position < first->position)) first = found;
}

/// What `check` finds. That it cannot be read at all is damage too, with `code`, of whatever lies
/// up to `end`.
template <typename Check>
std::optional<Damage> found_by(Check check, Position end, const char* code) {
  try {
    return check();
  } catch (const Failure& failure) {
    if (!is_of_damage(failure)) throw;
    return Damage{.position = end, .code = code, .message = failure.message()};
  }
}

struct Scan {
  Verified verified;
  bool is_whole = true;  ///< false: damage of the chain was found late, and counts go beyond it
};

/// `is_end`: what lies behind `end` counts as well.
Scan scan(const VerifiedLog& verified_log, Position end, bool is_end,
          const VerifyProgress& progress) {
  auto& reader = verified_log.reader;
  const auto of_keys = verified_log.open_reader();
  const auto of_side = verified_log.open_reader();
  const auto of_chain = verified_log.open_reader();
  KeyCheck keys(of_keys->files(), end);
  SideCheck side(*of_side);
  SqliteIntegrityTables tables(of_chain->files());
  IntegrityCheck integrity(tables, verified_log.store, verified_log.keys);
  ChainCheck chain(integrity);
  IndexCheck indexes(reader.files());
  LogCheck log(reader, {.indexes = indexes, .keys = keys, .side = side, .chain = chain});
  bool stopped = false;
  while (!stopped && log.done() < end && log.check_page(end)) {
    const bool report = log.done().value() % progress_every == 0 || log.done() == end;
    stopped = report && progress && !progress(log.done().value(), end.value());
  }
  chain.finish();
  Verified verified{.events = log.done().value(), .head = log.head(), .damage = log.damage()};
  if (chain.damage()) verified.damage = chain.damage();  // never behind that of the log
  if (chain.done() < log.done()) {
    verified.events = chain.done().value();
    verified.head = chain.head();
    return {.verified = std::move(verified), .is_whole = stopped};
  }
  if (!stopped) {
    const auto last = log.done();
    const auto keep = [&](const char* code, auto check) {
      keep_first(verified.damage, found_by(check, last, code));
    };
    const bool breaks_off = verified.damage.has_value();
    keys.finish(last);
    keep("verify.tags", [&] {
      indexes.finish(last);
      return indexes.damage();
    });
    // Where the log itself broke off, the last append may be cut in two.
    if (is_end && !breaks_off) {
      keep("verify.index", [&] { return side.finish(last); });
      keep("verify.append", [&] { return check_appends(reader, log.appends(), last); });
      keep("verify.checkpoint", [&] {
        integrity.finish(reader.last_position());
        return integrity.damage();
      });
    }
  }
  for (const auto* found : {&keys.damage(), &indexes.damage(), &integrity.damage()}) {
    keep_first(verified.damage, *found);
  }
  verified.checkpoints = integrity.checkpoints();
  return {.verified = std::move(verified)};
}

}  // namespace

Verified verify_log(const VerifiedLog& log, Position end, const VerifyProgress& progress) {
  auto [verified, is_whole] = scan(log, end, true, progress);
  if (is_whole) return verified;
  // Of the sound ones again, for the checks that count them.
  const auto damage = verified.damage;
  verified = scan(log, Position(verified.events), false, progress).verified;
  if (!verified.damage || damage->position < verified.damage->position) verified.damage = damage;
  return verified;
}

}  // namespace tidemark::store
