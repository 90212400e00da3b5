#include "tidemark/postgres/listener.hpp"

#include <optional>

#include "session.hpp"
#include "tidemark/postgres/migration.hpp"
#include "tidemark/runtime/retry.hpp"

namespace tidemark::postgres {
namespace {

constexpr runtime::RetryPolicy pauses{.attempts = runtime::RetryPolicy::for_ever,
                                      .first = std::chrono::milliseconds(100),
                                      .max = std::chrono::seconds(10)};

}  // namespace

struct Listener::State {
  enum class Phase : std::uint8_t { pausing, connecting, subscribing, listening };

  void start();
  bool step();
  void subscribe();
  bool take_notifications();
  bool is_answered();
  void lose();

  ConnectOptions options;
  std::string listen_sql;
  const Clock& clock;
  Random& random;
  runtime::Backoff backoff{pauses};
  Phase phase = Phase::pausing;
  Micros resume_at{0};   ///< monotonic
  Micros give_up_at{0};  ///< monotonic; of connecting, until it listens
  Handle handle = {};
};

void Listener::State::lose() {
  handle.reset();
  phase = Phase::pausing;
  resume_at = clock.monotonic() + backoff.next(random).value_or(pauses.max);
}

void Listener::State::start() {
  handle = start_connecting(options);
  give_up_at = clock.monotonic() + options.connect_timeout;
  phase = Phase::connecting;
}

void Listener::State::subscribe() {
  if (PQsendQuery(handle.get(), listen_sql.c_str()) != 1) return lose();
  phase = Phase::subscribing;
}

/// Whether LISTEN was answered; goes on without waiting.
bool Listener::State::is_answered() {
  if (PQflush(handle.get()) < 0 || PQconsumeInput(handle.get()) == 0) {
    lose();
    return false;
  }
  while (PQisBusy(handle.get()) == 0) {
    const Session::Result result(PQgetResult(handle.get()), &PQclear);
    if (!result) return true;
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
      lose();
      return false;
    }
  }
  return false;
}

bool Listener::State::take_notifications() {
  bool heard = false;
  const bool lost = PQconsumeInput(handle.get()) == 0;
  while (auto* const notification = PQnotifies(handle.get())) {
    PQfreemem(notification);
    heard = true;
  }
  if (lost || PQstatus(handle.get()) != CONNECTION_OK) lose();
  return heard;
}

bool Listener::State::step() {
  if (phase == Phase::pausing && clock.monotonic() >= resume_at) start();
  if (phase == Phase::connecting && continue_connecting(*handle, options, Micros(0))) subscribe();
  if (phase == Phase::subscribing && is_answered()) {
    phase = Phase::listening;
    backoff.reset();
    return true;
  }
  if (phase == Phase::listening) return take_notifications();
  if (phase != Phase::pausing && clock.monotonic() > give_up_at) lose();
  return false;
}

Listener::Listener(const ConnectOptions& options, const std::string& channel, const Clock& clock,
                   Random& random)
    : state_(new State{.options = options,
                       .listen_sql = "LISTEN " + quoted_name(channel),
                       .clock = clock,
                       .random = random}) {}

Listener::~Listener() = default;

bool Listener::heard() {
  try {
    return state_->step();
  } catch (const Failure&) {
    // Whoever uses the server hears of it there; also who is refused may be let in again.
    state_->lose();
    return false;
  }
}

bool Listener::is_listening() const { return state_->phase == State::Phase::listening; }

}  // namespace tidemark::postgres
