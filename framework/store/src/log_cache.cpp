#include "log_cache.hpp"

#include <fmt/format.h>

#include "columns.hpp"

namespace tidemark::store {

namespace {

constexpr std::size_t block_ids_max = 65'536;  ///< numbers whose last block is remembered
constexpr std::uint64_t no_block = UINT64_MAX;

}  // namespace

StreamState KnownStream::state() const {
  StreamState state{.version = version, .deleted_through = deleted_through};
  state.first = deleted_through.next();
  if (gone) {
    state.deletion = Deletion::hard;
  } else if (deleted_through != StreamVersion() && deleted_through == version) {
    state.deletion = Deletion::soft;
  }
  return state;
}

bool LogCache::refresh() {
  const auto version = database_.data_version();
  if (version == data_version_) return false;
  forget();
  data_version_ = version;
  return true;
}

void LogCache::forget() {
  head_.reset();
  next_stream_id_.reset();
  streams_.clear();
  types_.clear();
  categories_.clear();
  tags_.clear();
  type_blocks_.clear();
  category_blocks_.clear();
}

const Head& LogCache::head() {
  if (head_) return *head_;
  auto select = database_.statement(
      "SELECT position, chain, recorded_at FROM events ORDER BY position DESC LIMIT 1");
  Head head;
  if (select.next()) {
    head = {.position = Position(read_number(select, 0)),
            .chain = read_hash(select, 1),
            .recorded_at = UtcTime::from_micros(select.integer(2))};
  }
  return head_.emplace(head);
}

KnownStream LogCache::stream(std::string_view name) {
  if (const auto* known = streams_.find(name)) return *known;
  auto select = database_.statement(
      "SELECT id, category_id, "
      "coalesce((SELECT max(version) FROM events WHERE stream_id = streams.id), "
      "(SELECT max(version) FROM archived_streams WHERE stream_id = streams.id)), "
      "deleted_through, gone FROM streams LEFT JOIN lives ON stream_id = id WHERE name = ?1");
  if (!select.bind(1, name).next()) return {};
  return streams_.put(name, {.id = select.integer(0),
                             .category_id = select.integer(1),
                             .version = StreamVersion(read_number(select, 2)),
                             .deleted_through = StreamVersion(read_number(select, 3)),
                             .gone = select.integer(4) != 0});
}

std::int64_t LogCache::next_stream_id() {
  if (!next_stream_id_) {
    auto select = database_.statement("SELECT coalesce(max(id), 0) FROM streams");
    select.next();
    next_stream_id_ = next_number(select.integer(0));
  }
  return *next_stream_id_;
}

std::int64_t LogCache::type_id(std::string_view name) { return intern(types_, "types", name); }

std::int64_t LogCache::category_id(std::string_view name) {
  return intern(categories_, "categories", name);
}

std::int64_t LogCache::tag_id(std::string_view name) { return intern(tags_, "tags", name); }

void LogCache::note_block(std::int64_t type_id, std::int64_t category_id, Position position) {
  const auto block = block_of(position);
  note(type_blocks_, "INSERT OR IGNORE INTO type_blocks(type_id, block) VALUES(?1, ?2)", type_id,
       block);
  note(category_blocks_, "INSERT OR IGNORE INTO category_blocks(category_id, block) VALUES(?1, ?2)",
       category_id, block);
}

void LogCache::note(Blocks& last, std::string_view sql, std::int64_t id, std::uint64_t block) {
  const auto at = static_cast<std::size_t>(id);
  if (at < last.size() && last[at] == block) return;
  database_.statement(sql).bind_all(id, block).run();
  if (at >= block_ids_max) return;
  if (at >= last.size()) last.resize(at + 1, no_block);
  last[at] = block;
}

std::int64_t LogCache::intern(NameMap<std::int64_t>& known, std::string_view table,
                              std::string_view name) {
  if (const auto* id = known.find(name)) return *id;
  auto select = database_.statement(fmt::format("SELECT id FROM {} WHERE name = ?1", table));
  if (select.bind(1, name).next()) return known.put(name, select.integer(0));
  auto insert = database_.statement(fmt::format("INSERT INTO {}(name) VALUES(?1)", table));
  insert.bind(1, name).run();
  return known.put(name, database_.last_insert_rowid());
}

}  // namespace tidemark::store
