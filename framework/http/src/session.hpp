#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <optional>

#include "tidemark/http/server.hpp"

namespace tidemark::http {

/// One connection: reads a request, answers it, and again until one side has enough. It keeps
/// itself alive by the operations that are under way.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(boost::asio::ip::tcp::socket socket, const ServerOptions& options, const Answer& answer,
          std::size_t& open_sessions);
  ~Session();
  void read();

 private:
  void answer(boost::beast::error_code error);
  void refuse(boost::beast::http::status status, const char* why);
  void write(bool keep_alive);

  boost::beast::tcp_stream stream_;
  const ServerOptions& options_;
  const Answer& answer_;
  std::size_t& open_sessions_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
};

}  // namespace tidemark::http
