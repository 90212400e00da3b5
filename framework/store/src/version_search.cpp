#include "version_search.hpp"

namespace tidemark::store {
namespace {

std::int64_t value_at(sqlite::Database& file, std::int64_t stream_id, std::uint64_t version,
                      Along along) {
  auto select =
      file.statement(along == Along::position
                         ? "SELECT position FROM events WHERE stream_id = ?1 AND version = ?2"
                         : "SELECT recorded_at FROM events WHERE stream_id = ?1 AND version = ?2");
  return select.bind_all(stream_id, version).next() ? select.integer(0) : INT64_MAX;
}

/// Whether all that is in an archive has less than `bound`, or all has as much.
std::optional<bool> is_below(const Archive& archive, Along along, std::int64_t bound) {
  const bool by_time = along == Along::recorded_at;
  const auto end = [&](std::uint64_t position, UtcTime recorded_at) {
    return by_time ? recorded_at.micros() : static_cast<std::int64_t>(position);
  };
  if (end(archive.last, archive.recorded_last) < bound) return true;
  if (end(archive.first, archive.recorded_first) >= bound) return false;
  return std::nullopt;
}

}  // namespace

std::uint64_t first_version(EventFiles& files, const StreamVersions& among, Along along,
                            std::int64_t bound) {
  const auto has_less = [&](std::uint64_t version) {
    const auto* archive = files.archive_of(among.stream_id, version);
    if (archive == nullptr) {
      return value_at(files.log(), among.stream_id, version, along) < bound;
    }
    if (const auto known = is_below(*archive, along, bound)) return *known;
    return files.can_open(*archive) &&
           value_at(*files.open(*archive), among.stream_id, version, along) < bound;
  };
  auto low = among.versions.low;
  auto end = among.versions.high + 1;
  while (low < end) {
    const auto middle = low + (end - low) / 2;
    if (has_less(middle)) {
      low = middle + 1;
    } else {
      end = middle;
    }
  }
  return low;
}

}  // namespace tidemark::store
