#include "tidemark/http/server.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

using namespace tidemark;

namespace {

/// A plain blocking client socket; the server is stepped while it waits.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    static_cast<void>(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address));
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  std::string exchange(http::Server& server, const std::string& request, const std::string& until) {
    std::string answer;
    std::size_t sent = 0;
    for (int round = 0; round < 200'000 && answer.find(until) == std::string::npos; ++round) {
      server.step();
      if (sent < request.size()) {
        const auto size =
            ::send(socket_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
        if (size > 0) sent += static_cast<std::size_t>(size);
      }
      char bytes[4096];
      const auto size = ::recv(socket_, bytes, sizeof bytes, 0);
      if (size > 0) answer.append(bytes, static_cast<std::size_t>(size));
    }
    return answer;
  }

 private:
  int socket_;
};

}  // namespace

TEST_SUITE("http/server") {
  TEST_CASE("a request gets its answer, and the connection serves the next one") {
    const auto server = http::Server::listen({}, [](const http::Request& request) {
      return http::Response{.body = request.method + " " + request.path + " " + request.query};
    });
    Client client(server->port());
    const std::string host = " HTTP/1.1\r\nHost: x\r\n\r\n";
    CHECK(client.exchange(*server, "GET /a?b=c" + host, "GET /a b=c").find("200 OK") !=
          std::string::npos);
    CHECK(client.exchange(*server, "GET /again" + host, "GET /again").find("200 OK") !=
          std::string::npos);
  }

  TEST_CASE("what is no request is refused") {
    const auto server =
        http::Server::listen({}, [](const http::Request&) { return http::Response(); });
    Client client(server->port());
    CHECK(client.exchange(*server, "nonsense\r\n\r\n", "400").find("400 Bad Request") !=
          std::string::npos);
  }

  TEST_CASE("a body beyond the limit is refused") {
    const auto server = http::Server::listen({.body_size_max = 10},
                                             [](const http::Request&) { return http::Response(); });
    Client client(server->port());
    CHECK(
        client.exchange(*server, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n", "413")
            .find("413") != std::string::npos);
  }

  TEST_CASE("without descriptors for another connection a server rests until there are some") {
    const auto server =
        http::Server::listen({}, [](const http::Request&) { return http::Response(); });
    {  // a sanitizer's first look at an object takes descriptors
      Client first(server->port());
      first.exchange(*server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK");
    }
    Client client(server->port());
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int next = ::dup(0);
    ::close(next);
    auto none = before;
    none.rlim_cur = static_cast<rlim_t>(next);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    int worked = 0;
    for (int i = 0; i < 100; ++i) {
      if (server->step().did == runtime::Step::Did::work) ++worked;
    }
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(worked < 10);
    CHECK(client.exchange(*server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK").find("200 OK") !=
          std::string::npos);
  }

  TEST_CASE("an address that cannot be listened on is a failure that names it") {
    try {
      static_cast<void>(
          http::Server::listen({.address = "127.0.0.300", .port = 0},
                               [](const http::Request&) { return http::Response(); }));
      FAIL("it listened");
    } catch (const Failure& failure) {
      CHECK(failure.code() == "http.cannot_listen");
      CHECK(failure.message().find("127.0.0.300") != std::string::npos);
    }
  }
}
