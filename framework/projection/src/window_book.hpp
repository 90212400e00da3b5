#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "layout.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/feed/delivery.hpp"
#include "tidemark/projection/closed_windows.hpp"

namespace tidemark::projection {

/// When the windows of a read model are due: the watermark, and which rows close at which.
///
/// Of the due windows the earliest are in memory, at most `windows_max`; all are with their rows on
/// disk. Rows that are not written yet must be written before `refill`.
class WindowBook {
 public:
  static constexpr std::size_t windows_max = 100'000;

  WindowBook(const ProjectionFacts& facts, const Layout& layout, sql::Database& file,
             const Clock& clock);

  /// Reads everything from the file.
  void load();
  /// Reads the earliest due windows from the file.
  void refill();
  void clear() noexcept;

  /// Moves the watermark by an event of that time and place.
  void advance(UtcTime event_time, const feed::Place& place);
  [[nodiscard]] std::int64_t watermark() const { return watermark_; }

  void add(std::int64_t due, const std::string& key);
  void remove(std::int64_t due, const std::string& key) { due_.erase({due, key}); }
  using Due = std::pair<std::int64_t, std::string>;
  /// The earliest window that is due at the watermark, of those in memory.
  [[nodiscard]] const Due* first_due() const {
    return !due_.empty() && due_.begin()->first <= watermark_ ? &*due_.begin() : nullptr;
  }
  /// Windows may be due that are only on disk.
  [[nodiscard]] bool needs_refill() const { return in_memory_below_ <= watermark_; }

  void count_late() {
    ++late_events_;
    changed_ = true;
  }
  /// Notes that a window closed; its number is given when it is written.
  void closed(ClosedWindow window) { closed_.push_back(std::move(window)); }
  /// The row at its last closing, from what is not written yet or from disk.
  [[nodiscard]] std::optional<std::string> last_closed(const std::string& key,
                                                       std::uint32_t revision);
  /// Writes closings, watermarks and the count, in the open transaction.
  void write();

 private:
  struct Mark {
    UtcTime latest;
    Micros seen_at{};  ///< on the monotonic clock
  };
  using Partition = std::pair<std::string, std::int32_t>;
  Mark& mark_of(const feed::Place& place);
  void write_closed();

  const ProjectionFacts& facts_;
  const Layout& layout_;
  sql::Database& file_;
  const Clock& clock_;
  std::set<Due> due_;
  std::int64_t in_memory_below_ = 0;  ///< all windows due before this are in memory
  std::int64_t watermark_ = std::numeric_limits<std::int64_t>::min();
  std::map<Partition, Mark> marks_;  ///< the store is one of them: ("", 0)
  Mark* store_mark_ = nullptr;
  std::uint64_t late_events_ = 0;
  bool changed_ = false;
  std::vector<ClosedWindow> closed_;
};

}  // namespace tidemark::projection
