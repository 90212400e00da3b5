#include "session.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>

#include "failures.hpp"
#include "tidemark/base/assert.hpp"

namespace tidemark::postgres {
namespace {

constexpr std::size_t prepared_max = 256;

void ignore_notice(void* /*context*/, const PGresult* /*notice*/) noexcept {}

/// Whether a URI has no '@' but the one in front of its host. A password with one, or with a '/',
/// would be taken for part of a host or a database, and be quoted as such.
bool is_divided(std::string_view conninfo) {
  constexpr std::string_view scheme_end = "://";
  const auto scheme = conninfo.find(scheme_end);
  if (!conninfo.starts_with("postgres") || scheme == std::string_view::npos) return true;
  const auto rest = conninfo.substr(scheme + scheme_end.size());
  const auto user_end = rest.find_first_of("@/");
  if (user_end == std::string_view::npos) return true;
  const auto behind = rest.substr(user_end + 1);
  return behind.substr(0, behind.find('?')).find('@') == std::string_view::npos;
}

/// Whether it is numbers; anything else may be a password that lost its host.
bool is_port(const PQconninfoOption& option) {
  if (option.val == nullptr || std::string_view(option.keyword) != "port") return true;
  return std::string_view(option.val).find_first_not_of("0123456789, ") == std::string_view::npos;
}

/// Whether libpq can read it. Asked first, because its complaint about the text quotes the text.
bool is_readable(const std::string& conninfo) {
  char* complaint = nullptr;
  auto* parsed = PQconninfoParse(conninfo.c_str(), &complaint);
  PQfreemem(complaint);
  bool readable = parsed != nullptr && is_divided(conninfo);
  for (auto* option = parsed; readable && option->keyword != nullptr; ++option) {
    readable = is_port(*option);
  }
  PQconninfoFree(parsed);
  return readable;
}

}  // namespace

Handle start_connecting(const ConnectOptions& options) {
  if (!is_readable(options.conninfo)) {
    throw Failure({.code = options.area + ".bad_settings",
                   .message = "the connection's settings cannot be read",
                   .hint = "keywords (host=… dbname=…) or a URI (postgresql://…), as libpq reads; "
                           "in a URI, write @ : / ? # and % of a password as %40 %3A %2F %3F %23 "
                           "%25"});
  }
  const std::array<const char*, 4> keywords{"dbname", "client_encoding",
                                            "fallback_application_name", nullptr};
  const std::array<const char*, 4> values{options.conninfo.c_str(), "UTF8", "tidemark", nullptr};
  Handle handle(PQconnectStartParams(keywords.data(), values.data(), 1));
  TIDEMARK_ASSERT(handle != nullptr, "there is memory for a connection");
  PQsetNoticeReceiver(handle.get(), &ignore_notice, nullptr);
  // Only so does the message of a connection that is refused tell its SQLSTATE.
  PQsetErrorVerbosity(handle.get(), PQERRORS_VERBOSE);
  if (PQstatus(handle.get()) == CONNECTION_BAD) {
    throw lost_connection(options.area, PQerrorMessage(handle.get()));
  }
  return handle;
}

bool wait_for_socket(const PGconn& handle, short events, Micros wait) {
  pollfd socket{.fd = PQsocket(&handle), .events = events, .revents = 0};
  const auto wait_ms = std::chrono::ceil<std::chrono::milliseconds>(std::max(wait, Micros(0)));
  // An interruption counts as ready: whoever waits looks again.
  return ::poll(&socket, 1, static_cast<int>(std::min<std::int64_t>(wait_ms.count(), INT32_MAX))) !=
         0;
}

bool continue_connecting(PGconn& handle, const ConnectOptions& options, Micros wait) {
  const SystemClock clock;
  const auto deadline = clock.monotonic() + wait;
  // What it waits for is known from the last call only; before the first, for writing.
  auto state =
      PQstatus(&handle) == CONNECTION_STARTED ? PGRES_POLLING_WRITING : PQconnectPoll(&handle);
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED) {
      auto failure = refused_connection(options.area, PQerrorMessage(&handle));
      if (PQconnectionNeedsPassword(&handle) == 0) throw failure;
      throw Failure({.code = options.area + ".access_denied",
                     .message = failure.message(),
                     .hint = "give the password in the password file or in PGPASSWORD"});
    }
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!wait_for_socket(handle, events, deadline - clock.monotonic())) return false;
    state = PQconnectPoll(&handle);
  }
  PQsetErrorVerbosity(&handle, PQERRORS_DEFAULT);
  PQsetnonblocking(&handle, 1);
  return true;
}

void Session::fail_lost() const {
  throw lost_connection(options.area, PQerrorMessage(handle.get()));
}

void Session::check_sent(int sent) const {
  if (sent != 1) fail_lost();
}

Session::Result Session::next_result(Micros deadline) {
  auto* const connection = handle.get();
  for (bool flushed = false;;) {
    if (!flushed) {
      const int left = PQflush(connection);
      if (left < 0) fail_lost();
      flushed = left == 0;
    }
    if (PQisBusy(connection) == 0) return {PQgetResult(connection), &PQclear};
    const auto events = static_cast<short>(flushed ? POLLIN : POLLIN | POLLOUT);
    if (!wait_for_socket(*connection, events, deadline - clock.monotonic())) {
      throw lost_connection(options.area, fmt::format("the server did not answer within {} ms",
                                                      options.reply_timeout.count() / 1000));
    }
    if (PQconsumeInput(connection) == 0) fail_lost();
  }
}

bool Session::send_prepare(const Statement& statement, const Parameters::Raw& raw) {
  if (!statement.kept || prepared_.size() >= prepared_max) return false;
  if (prepared_.contains(statement.sql)) return false;
  const auto& sql = statement.sql;
  const auto name = fmt::format("tidemark_{}", next_name_++);
  check_sent(PQsendPrepare(handle.get(), name.c_str(), sql.c_str(),
                           static_cast<int>(raw.types.size()), raw.types.data()));
  prepared_.emplace(sql, Prepared{.name = name});
  return true;
}

void Session::send(const Statement& statement, const Parameters::Raw& raw) {
  constexpr int binary = 1;
  const auto count = static_cast<int>(raw.values.size());
  const auto known = prepared_.find(statement.sql);
  if (known != prepared_.end()) {
    check_sent(PQsendQueryPrepared(handle.get(), known->second.name.c_str(), count,
                                   raw.values.data(), raw.lengths.data(), raw.formats.data(),
                                   binary));
    return;
  }
  check_sent(PQsendQueryParams(handle.get(), statement.sql.c_str(), count, raw.types.data(),
                               raw.values.data(), raw.lengths.data(), raw.formats.data(), binary));
}

struct Session::Answers {
  Micros deadline;
  std::vector<Rows> rows;
  std::optional<Failure> failure;  ///< of the first statement that failed
};

void Session::receive_preparation(std::string_view sql, Answers& answers) {
  bool done = false;
  while (const auto result = next_result(answers.deadline)) {
    done = PQresultStatus(result.get()) == PGRES_COMMAND_OK;
    note_failure(*result, answers);
  }
  if (done) prepared_.find(sql)->second.confirmed = true;
}

void Session::receive_statement(Answers& answers) {
  while (auto result = next_result(answers.deadline)) {
    const auto status = PQresultStatus(result.get());
    note_failure(*result, answers);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
      answers.rows.emplace_back(result.release());
    }
  }
}

void Session::note_failure(const PGresult& result, Answers& answers) const {
  if (PQresultStatus(&result) != PGRES_FATAL_ERROR) return;
  if (!answers.failure) answers.failure = failure_of(result, options.area);
  if (PQstatus(handle.get()) == CONNECTION_BAD) throw Failure(*answers.failure);
}

/// Comes to the end of the pipeline; throws what a statement failed with.
void Session::finish(Answers& answers) {
  const auto end = next_result(deadline());
  if (end == nullptr || PQresultStatus(end.get()) != PGRES_PIPELINE_SYNC) fail_lost();
  check_sent(PQexitPipelineMode(handle.get()));
  lost = false;
  if (!answers.failure) return;
  forget_unconfirmed();
  throw Failure(*answers.failure);
}

void Session::forget_unconfirmed() {
  std::erase_if(prepared_, [](const auto& entry) { return !entry.second.confirmed; });
}

std::vector<Rows> Session::run(std::span<const Statement> statements) {
  lost = true;  // unless this comes to its end
  PQenterPipelineMode(handle.get());
  std::vector<bool> prepares;
  prepares.reserve(statements.size());
  for (const auto& statement : statements) {
    const auto raw = statement.parameters.raw();
    prepares.push_back(send_prepare(statement, raw));
    send(statement, raw);
  }
  check_sent(PQpipelineSync(handle.get()));
  Answers answers{.deadline = deadline(), .rows = {}, .failure = {}};
  for (std::size_t at = 0; at < statements.size(); ++at) {
    if (prepares[at]) receive_preparation(statements[at].sql, answers);
    receive_statement(answers);
    if (PQstatus(handle.get()) == CONNECTION_BAD) fail_lost();
  }
  finish(answers);
  return std::move(answers.rows);
}

void Session::run_by_row(const Statement& statement,
                         const std::function<bool(const Rows&)>& visit) {
  lost = true;  // unless this comes to its end
  // In a pipeline as everything else: outside of one, libpq would keep the mode for the next
  // pipeline's first statement.
  PQenterPipelineMode(handle.get());
  const auto raw = statement.parameters.raw();
  const bool prepares = send_prepare(statement, raw);
  send(statement, raw);
  check_sent(PQpipelineSync(handle.get()));
  Answers answers{.deadline = deadline(), .rows = {}, .failure = {}};
  if (prepares) receive_preparation(statement.sql, answers);
  PQsetSingleRowMode(handle.get());
  bool wanted = true;
  while (auto result = next_result(deadline())) {
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_FATAL_ERROR) answers.failure = failure_of(*result, options.area);
    if (status == PGRES_SINGLE_TUPLE && wanted) wanted = visit(Rows(result.release()));
  }
  if (PQstatus(handle.get()) == CONNECTION_BAD) fail_lost();
  finish(answers);
}

}  // namespace tidemark::postgres
