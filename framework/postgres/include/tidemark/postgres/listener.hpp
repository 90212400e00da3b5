#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/postgres/connection.hpp"

namespace tidemark::postgres {

/// Hears what is notified on one channel. It never waits: a worker looks at it in each step.
///
/// It connects by itself, and again with growing pauses after a connection was lost or refused, for
/// whatever reason: that is for those to tell who need the server. Nothing is
/// promised to arrive: a notification only says that looking is worth while, and so does every new
/// connection. One thread at a time.
class Listener {
 public:
  /// `channel`: an SQL name. `clock` and `random` must outlive it.
  Listener(const ConnectOptions& options, const std::string& channel, const Clock& clock,
           Random& random);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Whether something was notified since the last call, or may have been missed because the
  /// connection is new.
  bool heard();
  /// Whether it listens at the moment.
  [[nodiscard]] bool is_listening() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::postgres
