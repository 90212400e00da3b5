#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "contract/store/writer_work.hpp"

namespace tidemark::store {

/// Compares what writers were told with what is stored: acknowledged means there, at its place and
/// whole, anything else is whole or not there, and nothing else is there.
class WriterCheck {
 public:
  struct Tally {
    std::uint64_t acknowledged = 0;
    std::uint64_t refused = 0;
    std::uint64_t unknown = 0;       ///< under way when their writer ended
    std::uint64_t unknown_kept = 0;  ///< of those: stored
    std::uint64_t events = 0;
    std::uint64_t seats = 0;  ///< that were given to somebody
  };

  /// Takes a line of a writer's report; one that is damaged is a difference.
  void take(std::string_view line);
  /// Looks at what was stored since the last time, and again at the chain over all. Each
  /// difference is a sentence. What was under way stays so until somebody hands it in again.
  std::vector<std::string> check(StoreEngine& store);

  /// Numbers of appends that were begun and have no answer.
  [[nodiscard]] std::vector<std::uint64_t> unknown() const;
  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  struct Place {
    std::uint64_t first = 0, last = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  enum class Answer : std::uint8_t { none, done, refused };
  struct Begun {
    Answer answer = Answer::none;
    Place told;
  };

  void look_at(const EventView& event);
  void end_append(std::uint64_t position);
  void compare(EventStore& store, std::uint64_t number, const Begun& begun);
  void look_at_chain(StoreEngine& store);
  void add(std::string difference);

  std::map<std::uint64_t, Begun> begun_;   ///< since the last check, or still without an answer
  std::map<std::uint64_t, Place> stored_;  ///< every append in the log
  std::map<std::string, std::uint64_t> versions_;
  std::map<std::string, std::uint64_t> seats_;
  std::vector<NewEvent> events_;  ///< of the append that is being looked at
  std::vector<std::string> streams_;
  std::uint64_t number_ = 0;
  std::uint64_t position_ = 0;  ///< looked at up to here
  std::uint64_t checked_ = 0;   ///< up to here in earlier checks
  ChainHash chain_{};           ///< there
  std::vector<std::string> differences_;
  Tally tally_;
};

}  // namespace tidemark::store
