#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "event_files.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/runtime/blocking_call.hpp"
#include "tidemark/store/integrity.hpp"

namespace tidemark::store {

/// Whether it says that a file is not what was written, also where its tables are said to be other
/// ones: what verify tells, and does not fail by.
bool is_of_damage(const Failure& failure);

/// Compares the two indexes that events are found by, of ids and of streams, with the events, along
/// a scan of them: an entry that is missing or another hides an event, or shows a wrong one. Both
/// directions by sums over all entries of all files, which is a scan of each index, on a thread of
/// its own; only where the sums differ each entry is looked up. With archives, what the log says of
/// streams in them too.
class KeyCheck {
 public:
  /// Of a log up to `end`. `files` must outlive it, and belong to it alone.
  KeyCheck(EventFiles& files, Position end);
  ~KeyCheck();
  KeyCheck(const KeyCheck&) = delete;
  KeyCheck& operator=(const KeyCheck&) = delete;

  struct Row {
    std::uint64_t position = 0;
    std::string_view event_id;
    std::int64_t stream_id = 0;
    std::uint64_t version = 0;
  };
  /// The next event of the log.
  void add(const Row& row);
  /// When all up to `end` were added, which is less than was wanted where the log broke off.
  void finish(Position end);

  /// The first place where they differ.
  [[nodiscard]] const std::optional<Damage>& damage() const { return damage_; }

 private:
  /// One file with the events from `first` on.
  struct Piece {
    EventFiles::File file;
    std::uint64_t first = 1;
    bool archived = false;
  };
  /// An event as the index of streams has it.
  struct Place {
    std::int64_t stream = 0;
    std::uint64_t version = 0, position = 0;
  };
  void report(std::uint64_t position, std::string_view code, std::string message);
  template <typename Work>
  void reading(std::string_view index, Work work);
  template <typename Visit>
  void each_piece(Visit visit);
  void scan();
  void compare();
  [[nodiscard]] bool add_ids(const Piece& piece, std::uint64_t& sum);
  [[nodiscard]] bool add_streams(const Piece& piece, std::uint64_t& sum);
  void check_place(const Piece& piece, const Place& last, const Place& place);
  void check_last(const Piece& piece, const Place& last);
  void check_archived_streams();
  [[nodiscard]] std::uint64_t version_before(const Piece& piece, std::int64_t stream);
  void find_by_id(const Piece& piece);
  void find_by_stream(const Piece& piece);

  /// Over events, whatever the order; none of an index that cannot be read to its end.
  struct Sums {
    std::optional<std::uint64_t> ids, streams;
  };

  EventFiles& files_;
  std::uint64_t end_;
  std::uint64_t id_sum_ = 0;
  std::uint64_t stream_sum_ = 0;
  Sums indexes_;                        ///< of the last scan
  std::vector<std::int64_t> archives_;  ///< when that began: what shows that events moved since
  std::optional<Damage> damage_;
  std::atomic<bool> given_up_ = false;  ///< whoever wanted to know is gone
  runtime::BlockingCall scanning_{"verify-keys"};
};

}  // namespace tidemark::store
