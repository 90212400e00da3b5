#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "support/failure_code.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/postgres/connection.hpp"
#include "tidemark/postgres/listener.hpp"
#include "unit/postgres/database.hpp"

namespace tidemark::postgres {
namespace {

using test::failure_code;
using namespace std::chrono_literals;

/// Accepts connections and says no more than is asked for.
class SilentServer {
 public:
  SilentServer() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    REQUIRE(listen(socket_, 8) == 0);
    port_ = ntohs(address.sin_port);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer() {
    close(socket_);
    if (visitor_ >= 0) close(visitor_);
  }
  [[nodiscard]] std::string conninfo() const {
    return "hostaddr=127.0.0.1 sslmode=disable gssencmode=disable dbname=x user=u "
           "password=secret port=" +
           std::to_string(port_);
  }
  /// Whether somebody connects who was not let in yet.
  [[nodiscard]] bool is_called() const { return has_input(socket_); }
  /// Lets in whoever connects, unless it has left; `step` has the client go on.
  template <typename Step>
  bool let_in(Step step) {
    visitor_ = accept(socket_, nullptr, nullptr);
    while (!has_input(visitor_)) step();
    std::array<char, 1000> startup{};
    if (recv(visitor_, startup.data(), startup.size(), 0) <= 0) {
      close(std::exchange(visitor_, -1));
      return false;
    }
    constexpr std::string_view welcome("R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", 15);
    return send(visitor_, welcome.data(), welcome.size(), MSG_NOSIGNAL) == 15;
  }

 private:
  static bool has_input(int socket) {
    pollfd look{.fd = socket, .events = POLLIN, .revents = 0};
    return poll(&look, 1, 0) == 1;
  }

  int socket_;
  int visitor_ = -1;
  int port_ = 0;
};

template <typename Work>
std::string told_by(Work work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "nothing";
}

/// Whether `condition` comes true within ten seconds.
template <typename Condition>
bool soon(Condition condition) {
  const SystemClock clock;
  const auto deadline = clock.monotonic() + 10s;
  while (clock.monotonic() < deadline) {
    if (condition()) return true;
  }
  return false;
}

TEST_SUITE("postgres/loss") {
  TEST_CASE("a server that does not answer is given up at the deadline") {
    const SilentServer server;
    const SystemClock clock;
    const auto began = clock.monotonic();
    const auto told = told_by([&] {
      Connection::open({.conninfo = server.conninfo(), .connect_timeout = 50ms, .area = "test"});
    });
    CHECK(told.starts_with("test.connection"));
    CHECK(clock.monotonic() - began < 5s);
  }

  TEST_CASE("an answer that does not come in time ends the connection") {
    auto options = here();
    options.reply_timeout = 50ms;
    auto database = Connection::open(options);
    CHECK(failure_code([&] { database.query("SELECT pg_sleep(2)"); }) == "test.connection");
    CHECK_FALSE(database.is_open());
    auto other = Connection::open(options);
    CHECK(failure_code([&] {
            other.each_row("SELECT pg_sleep(2)", {}, [](const Rows&) { return true; });
          }) == "test.connection");
    CHECK_FALSE(other.is_open());
  }

  TEST_CASE("no message has the password") {
    const SilentServer server;
    for (const auto& conninfo :
         {std::string("host=x password=secret secret"), std::string("postgresql://u:secret@[x"),
          std::string("postgresql://u:secret@127.0.0.1:1/x"),
          std::string("postgresql://u:not@secret@127.0.0.1/x"),
          std::string("postgresql://u:not/secret@/x"),
          std::string("postgresql://u:1/secret@127.0.0.1/x"), std::string("postgresql://u:secret"),
          std::string("hostaddr=127.0.0.1 port=1 user=u password=secret dbname=x"),
          server.conninfo()}) {
      const auto told = told_by([&] {
        Connection::open({.conninfo = conninfo, .connect_timeout = 50ms, .area = "test"});
      });
      CHECK(told != "nothing");
      CHECK(told.find("secret") == std::string::npos);
    }
    CHECK(failure_code([] {
            Connection::open({.conninfo = "host=x password=secret secret", .area = "test"});
          }) == "test.bad_settings");
  }

  TEST_CASE("the server is told to notice soon that a client's machine is gone") {
    auto database =
        Connection::open({.conninfo = test::PostgresServer::running().tcp_connection()});
    const auto seconds = [&](const std::string& name) {
      const auto shown = database.query("SHOW " + name);
      return std::stoi(std::string(shown.text(0, 0)));
    };
    CHECK(seconds("tcp_keepalives_idle") + 3 * seconds("tcp_keepalives_interval") <= 30);
    CHECK(seconds("tcp_keepalives_count") == 3);
    CHECK(seconds("tcp_user_timeout") > 0);
  }

  TEST_CASE("what fails with the server says so, and a new connection serves again") {
    auto& server = test::PostgresServer::running();
    auto database = connect();
    SUBCASE("killed") { server.kill(); }
    SUBCASE("stopped") { server.stop(); }
    // Of a server that was killed, what serves a connection lives on for a moment.
    const auto fails = [&] { return failure_code([&] { database.query("SELECT 1"); }); };
    CHECK(soon([&] { return fails() == "test.connection"; }));
    CHECK_FALSE(database.is_open());
    CHECK(failure_code([] { connect(); }) == "test.connection");
    server.start();
    CHECK(connect().query("SELECT 1::bigint").integer(0, 0) == 1);
  }

  TEST_CASE("a connection that the server ends is lost, its statement not done") {
    auto database = connect();
    auto other = connect();
    const auto process = database.query("SELECT pg_backend_pid()").integer(0, 0);
    other.query("SELECT pg_terminate_backend($1::bigint::integer)", parameters(process));
    CHECK(failure_code([&] { database.query("SELECT 1"); }) == "test.connection");
    CHECK_FALSE(database.is_open());
  }
}

TEST_SUITE("postgres/listener") {
  TEST_CASE("a listener hears what is notified, also after the server was gone") {
    auto& server = test::PostgresServer::running();
    const SystemClock clock;
    SeededRandom random(1);
    Listener listener(here(), "some channel", clock, random);
    REQUIRE(soon([&] { return listener.heard(); }));  // new: something may have been missed
    CHECK(listener.is_listening());
    CHECK_FALSE(listener.heard());
    connect().execute("NOTIFY \"some channel\"");
    CHECK(soon([&] { return listener.heard(); }));
    server.kill();
    CHECK(soon([&] { return !listener.heard() && !listener.is_listening(); }));
    server.start();
    CHECK(soon([&] { return listener.heard(); }));
    connect().execute("NOTIFY other; NOTIFY \"some channel\"");
    CHECK(soon([&] { return listener.heard(); }));
    CHECK_FALSE(listener.heard());
  }

  TEST_CASE("a server that lets in and says no more is given up, and called again") {
    SilentServer server;
    const SystemClock clock;
    SeededRandom random(1);
    Listener listener({.conninfo = server.conninfo(), .connect_timeout = 200ms, .area = "test"},
                      "c", clock, random);
    int heard = 0;
    const auto step = [&] { heard += listener.heard() ? 1 : 0; };
    const auto calls = [&] {
      step();
      return server.is_called();
    };
    REQUIRE(soon([&] { return calls() && server.let_in(step); }));
    CHECK(soon(calls));
    CHECK(heard == 0);
  }

  TEST_CASE("who was refused hears again when it is let in again") {
    auto outside = connect();
    outside.execute("DROP ROLE IF EXISTS fickle; CREATE ROLE fickle LOGIN");
    auto options = here();
    options.conninfo += " user=fickle";
    const SystemClock clock;
    SeededRandom random(1);
    Listener listener(options, "c", clock, random);
    REQUIRE(soon([&] { return listener.heard(); }));
    outside.execute("ALTER ROLE fickle NOLOGIN");
    outside.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'fickle'");
    REQUIRE(soon([&] { return !listener.heard() && !listener.is_listening(); }));
    // It tries after a tenth of a second, and then after two.
    const auto began = clock.monotonic();
    int heard = 0;
    while (clock.monotonic() - began < 400ms) heard += listener.heard() ? 1 : 0;
    CHECK(heard == 0);
    outside.execute("ALTER ROLE fickle LOGIN");
    CHECK(soon([&] { return listener.heard(); }));
    CHECK(listener.is_listening());
  }

  TEST_CASE("looking at a server that does not answer takes no time") {
    const SilentServer server;
    const SystemClock clock;
    SeededRandom random(1);
    Listener listener({.conninfo = server.conninfo(), .connect_timeout = 20ms, .area = "test"}, "c",
                      clock, random);
    const auto began = clock.monotonic();
    int looks = 0;
    int heard = 0;
    for (; clock.monotonic() - began < 100ms; ++looks) heard += listener.heard() ? 1 : 0;
    CHECK(heard == 0);
    CHECK(looks > 2);
    CHECK_FALSE(listener.is_listening());
  }
}

}  // namespace
}  // namespace tidemark::postgres
