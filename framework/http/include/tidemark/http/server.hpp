#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tidemark/base/time.hpp"
#include "tidemark/runtime/worker.hpp"

namespace tidemark::http {

struct Request {
  std::string method;  ///< "GET"
  std::string path;    ///< without the query: "/healthz"
  std::string query;   ///< behind the '?', as sent; empty when there is none
  std::string body;
};

struct Response {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

/// Answers one request. Called by the stepping thread; must not block and must not throw.
using Answer = std::function<Response(const Request&)>;

struct ServerOptions {
  std::string address = "127.0.0.1";  ///< anything else than loopback is the operator's decision
  std::uint16_t port = 0;             ///< 0: a free one, see `Server::port`
  std::size_t connections_max = 64;   ///< more are closed at once
  std::size_t body_size_max = 64 * 1024;
  Micros idle_timeout = std::chrono::seconds(10);  ///< of a connection that sends or takes nothing
};

/// A small HTTP/1.1 server that is stepped like every other worker: it owns no thread and never
/// blocks.
class Server : public runtime::Worker {
 public:
  /// Listens at once. Throws `Failure` "http.cannot_listen" with the address and why.
  static std::unique_ptr<Server> listen(const ServerOptions& options, Answer answer);
  /// The port it listens on.
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

}  // namespace tidemark::http
