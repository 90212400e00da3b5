#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/command/dispatcher.hpp"

namespace tidemark::command {

/// Commands on their way, in order per target stream, many streams at once. One thread at a time.
class CommandLines {
 public:
  /// `dispatcher` must outlive it.
  explicit CommandLines(Dispatcher& dispatcher) : dispatcher_(dispatcher) {}

  /// Queues a keyed command behind the others of its stream. `origin` is the caller's own number
  /// for where it comes from. Throws `std::runtime_error` for a command that no aggregate takes or
  /// that names no stream.
  void add(CommandMessage message, std::uint64_t origin);
  /// Looks at every line once; true when all have their outcome and it is safe. Throws
  /// `std::runtime_error` when one could not be carried out; `failed_origin()` then says whose it
  /// was.
  bool poll();
  [[nodiscard]] std::uint64_t failed_origin() const { return failed_origin_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  void clear() noexcept;

  /// A command that the business refused.
  struct Refused {
    std::string command_id, type, stream, code, detail;
    std::uint64_t origin = 0;
  };
  /// Those refused since the last call.
  [[nodiscard]] std::vector<Refused> take_refused() { return std::exchange(refused_, {}); }

 private:
  struct Waiting {
    CommandMessage message;
    std::uint64_t origin = 0;
  };
  struct Line {
    std::deque<Waiting> waiting;  ///< the first is the one under way, if there is one
    std::optional<PendingCommand> under_way;
  };
  bool look_at(Line& line);

  Dispatcher& dispatcher_;
  std::map<StreamId, Line> lines_;
  std::size_t size_ = 0;
  std::uint64_t failed_origin_ = 0;
  Position newest_;  ///< of the outcomes' events
  std::vector<Refused> refused_;
};

}  // namespace tidemark::command
