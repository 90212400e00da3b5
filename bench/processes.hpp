#pragma once

#include <sys/types.h>

#include <functional>
#include <vector>

namespace bench {

/// Processes that do the same work at the same time, round after round.
///
/// They are forked from this one, which must have no other thread then; killed with the object.
class Processes {
 public:
  /// Prepares a round and returns what is to be measured of it.
  using Prepare = std::function<std::function<void()>()>;
  /// Called in the new process, with its number.
  using Start = std::function<Prepare(unsigned process)>;
  Processes(unsigned count, const Start& start);
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  ~Processes();

  /// All of them prepare a round; it waits until they have.
  void prepare();
  /// All of them do it; it waits until the last has.
  void run();

 private:
  struct Child {
    pid_t process = 0;
    int socket = -1;
  };
  void each_step();

  std::vector<Child> children_;
};

}  // namespace bench
