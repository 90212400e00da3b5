#include "tidemark/http/server.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "session.hpp"
#include "tidemark/runtime/guarded.hpp"

namespace tidemark::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// How soon a request is looked at when nothing else happens.
constexpr auto poll_interval = std::chrono::milliseconds(5);
/// How long after a connection that could not be taken, for want of descriptors say.
constexpr auto accept_again = std::chrono::milliseconds(20);

class PolledServer final : public Server {
 public:
  PolledServer(const ServerOptions& options, Answer answer)
      : options_(options), answer_(std::move(answer)), acceptor_(context_), rest_(context_) {
    listen_now();
    accept();
  }

  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] const std::string& name() const override { return name_; }

  runtime::Step step() override {
    const auto handled = context_.poll();
    report_.lock()->done += handled;
    if (handled > 0) return runtime::Step::worked(handled);
    return runtime::Step::idle_for(poll_interval);
  }

  [[nodiscard]] runtime::WorkerReport report() const override {
    auto report = report_.copy();
    report.tail = report.done;
    return report;
  }

  void stop() noexcept override {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    rest_.cancel();
    context_.poll();
  }

 private:
  void listen_now() {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(options_.address, error);
    const tcp::endpoint endpoint(address, options_.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error) {
      throw Failure(
          {.code = "http.cannot_listen",
           .message = fmt::format("{}:{}: {}", options_.address, options_.port, error.message()),
           .hint = "choose another http.port, or 0 for a free one"});
    }
    report_.lock()->name = name_;
    report_.lock()->state = runtime::WorkerState::running;
  }

  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) return rest();
      if (open_sessions_ < options_.connections_max) {
        std::make_shared<Session>(std::move(socket), options_, answer_, open_sessions_)->read();
      }
      accept();
    });
  }

  void rest() {
    rest_.expires_after(accept_again);
    rest_.async_wait([this](boost::system::error_code error) {
      if (!error) accept();
    });
  }

  // Constant after construction.
  const ServerOptions options_;
  const Answer answer_;
  const std::string name_ = "http";
  std::uint16_t port_ = 0;
  // The stepping thread's. Sessions count themselves: the count must outlive the context that ends
  // them.
  std::size_t open_sessions_ = 0;
  asio::io_context context_;
  tcp::acceptor acceptor_;
  asio::steady_timer rest_;
  // Guarded.
  runtime::Guarded<runtime::WorkerReport> report_;
};

}  // namespace

std::unique_ptr<Server> Server::listen(const ServerOptions& options, Answer answer) {
  return std::make_unique<PolledServer>(options, std::move(answer));
}

}  // namespace tidemark::http
