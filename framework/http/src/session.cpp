#include "session.hpp"

namespace tidemark::http {

namespace beast = boost::beast;

Session::Session(boost::asio::ip::tcp::socket socket, const ServerOptions& options,
                 const Answer& answer, std::size_t& open_sessions)
    : stream_(std::move(socket)),
      options_(options),
      answer_(answer),
      open_sessions_(open_sessions) {
  ++open_sessions_;
}

Session::~Session() { --open_sessions_; }

void Session::read() {
  parser_.emplace();
  parser_->body_limit(options_.body_size_max);
  stream_.expires_after(options_.idle_timeout);
  beast::http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](beast::error_code error, std::size_t) { self->answer(error); });
}

void Session::answer(beast::error_code error) {
  if (error == beast::http::error::body_limit) {
    return refuse(beast::http::status::payload_too_large, "the body is too large\n");
  }
  if (error == beast::http::error::end_of_stream || error == beast::error::timeout) return;
  if (error) return refuse(beast::http::status::bad_request, "this is no HTTP request\n");
  const auto& message = parser_->get();
  const std::string target(message.target());
  const auto mark = target.find('?');
  const auto answered = answer_({.method = std::string(message.method_string()),
                                 .path = target.substr(0, mark),
                                 .query = mark == std::string::npos ? "" : target.substr(mark + 1),
                                 .body = message.body()});
  response_ = {};
  response_.result(answered.status);
  response_.version(message.version());
  response_.set(beast::http::field::content_type, answered.content_type);
  response_.set(beast::http::field::cache_control, "no-store");
  response_.keep_alive(message.keep_alive());
  if (message.method() != beast::http::verb::head) response_.body() = answered.body;
  response_.prepare_payload();
  write(message.keep_alive());
}

void Session::refuse(beast::http::status status, const char* why) {
  response_ = {};
  response_.result(status);
  response_.body() = why;
  response_.keep_alive(false);
  response_.prepare_payload();
  write(false);
}

void Session::write(bool keep_alive) {
  stream_.expires_after(options_.idle_timeout);
  beast::http::async_write(
      stream_, response_,
      [self = shared_from_this(), keep_alive](beast::error_code error, std::size_t) {
        if (!error && keep_alive) return self->read();
        beast::error_code ignored;
        self->stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
      });
}

}  // namespace tidemark::http
