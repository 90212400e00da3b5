#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace tidemark::test {

/// A real PostgreSQL of this test program, in a folder of its own, on 127.0.0.1 and a unix socket.
/// It ends with the program, however that ends.
class PostgresServer {
 public:
  enum class Durability : std::uint8_t {
    none,  ///< no syncs: fast; for everything but crashes and measurements
    full,  ///< everything as a new server has it
  };

  /// The server of this program; started with the first call, on the main thread. When it cannot be
  /// had here, the program says why and exits with 77, which ctest counts as skipped; with CI=true
  /// in the environment it exits with 1.
  static PostgresServer& running(Durability durability = Durability::none);

  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// How libpq reaches it: over the unix socket, or over TCP. An administrator without a password.
  [[nodiscard]] std::string connection() const;
  [[nodiscard]] std::string tcp_connection() const;
  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Writes a file beside the server's data that only it may read; its path.
  [[nodiscard]] std::filesystem::path put_file(const std::string& name,
                                               const std::string& content) const;
  /// Puts lines before those of pg_hba.conf and has the server read it, and its settings, again.
  void admit(const std::string& lines) const;

  /// Ends the server cleanly, cutting all connections. Blocks until it is gone.
  void stop();
  /// Ends all processes of the server at once, as a crash does: what it had in memory is gone.
  void kill();
  /// Starts it again after `stop` or `kill`: same port, same data. Blocks until it answers.
  void start();

 private:
  explicit PostgresServer(Durability durability);
  ~PostgresServer();
  void initialise() const;
  [[nodiscard]] bool answers() const;

  const Durability durability_;
  const std::filesystem::path folder_;
  const std::uint16_t port_;
  pid_t pid_ = 0;  ///< 0: it does not run
};

}  // namespace tidemark::test
