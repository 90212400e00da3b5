#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/store/engine.hpp"

namespace tidemark::app {

/// Tells the store who reads all of it and must not lose events, and how far each has come: before
/// anything can be given up behind its back, then now and then, when it moved. One write for all of
/// them.
///
/// A consumer that is not there any more stays registered until a person forgets it.
class ConsumerReports {
 public:
  /// `clock`: real time. Both outlive it. `instance`: of several processes that read the same log
  /// each reports what it has read itself, as "name@instance"; empty: the only one, or the first.
  ConsumerReports(store::StoreEngine& store, const Clock& clock, std::string instance = {})
      : store_(store), clock_(clock), instance_(std::move(instance)) {}

  /// `checkpoint` answers with the last position that the consumer has finished durably, and is
  /// safe from any thread; 0: not known yet, or nothing.
  void add(std::string name, std::function<Position()> checkpoint);
  /// The same of what all processes share: it is reported under its name alone.
  void add_shared(std::string name, std::function<Position()> checkpoint);
  /// Registers those that the store does not know; what it knows of the others stands until they
  /// move. Call it before any consumer runs.
  void register_all();
  /// Reports those that moved, when it is time; whether it wrote. Call it often, by one thread.
  bool report();

  static constexpr Micros interval = std::chrono::seconds(5);

 private:
  struct Reader {
    std::string name;
    std::function<Position()> checkpoint;
    Position reported;
  };
  [[nodiscard]] std::optional<store::Consumer> consumer_at(const Reader& reader, Position position);

  store::StoreEngine& store_;
  const Clock& clock_;
  const std::string instance_;
  std::vector<Reader> readers_;
  Micros next_at_{0};  ///< on the monotonic clock
};

}  // namespace tidemark::app
