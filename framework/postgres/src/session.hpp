#pragma once

#include <libpq-fe.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/postgres/connection.hpp"

namespace tidemark::postgres {

struct Finish {
  void operator()(PGconn* handle) const noexcept { PQfinish(handle); }
};
using Handle = std::unique_ptr<PGconn, Finish>;

/// Begins to connect, without waiting but for the look-up of a host's name. Throws "….bad_settings"
/// when `conninfo` cannot be read.
Handle start_connecting(const ConnectOptions& options);

/// Goes on connecting, waiting at most `wait` for the server; true when it is connected. Throws
/// "….connection" and "….access_denied".
bool continue_connecting(PGconn& handle, const ConnectOptions& options, Micros wait);

/// Waits for the socket: `events` as of poll. False when `wait` has passed.
bool wait_for_socket(const PGconn& handle, short events, Micros wait);

/// What a connection is made of.
struct Session {
  Session(Handle connected, const ConnectOptions& connect_options)
      : handle(std::move(connected)), options(connect_options) {}

  /// Throws what it failed with; for sends.
  void check_sent(int sent) const;
  [[noreturn]] void fail_lost() const;

  /// The next result of what was sent; null at the end of a statement. Waits until `deadline`.
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;
  Result next_result(Micros deadline);
  [[nodiscard]] Micros deadline() const { return clock.monotonic() + options.reply_timeout; }

  /// Sends all statements, those that are new with what prepares them, and collects the answers.
  std::vector<Rows> run(std::span<const Statement> statements);
  /// The same for one statement, row by row.
  void run_by_row(const Statement& statement, const std::function<bool(const Rows&)>& visit);

  Handle handle;
  ConnectOptions options;
  SystemClock clock;
  bool lost = false;  ///< nobody knows what it is at: it serves no more

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  /// A name on the server; not confirmed until the server has prepared it.
  struct Prepared {
    std::string name;
    bool confirmed = false;
  };
  /// Results of one run, as they come in.
  struct Answers;
  bool send_prepare(const Statement& statement, const Parameters::Raw& raw);
  void send(const Statement& statement, const Parameters::Raw& raw);
  void receive_preparation(std::string_view sql, Answers& answers);
  void receive_statement(Answers& answers);
  void note_failure(const PGresult& result, Answers& answers) const;
  void finish(Answers& answers);
  void forget_unconfirmed();

  std::unordered_map<std::string, Prepared, Hash, std::equal_to<>> prepared_;
  std::uint64_t next_name_ = 0;
};

}  // namespace tidemark::postgres
