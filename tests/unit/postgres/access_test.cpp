#include <doctest/doctest.h>

#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

#include "database.hpp"
#include "support/failure_code.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/base/random.hpp"

namespace tidemark::postgres {
namespace {

using test::failure_code;

/// A folder of its own, removed with it.
struct Folder {
  Folder() {
    SystemRandom random;
    path = std::filesystem::temp_directory_path() /
           ("tidemark-access-" + to_string(Uuid::version7(SystemClock().now(), random)));
    std::filesystem::create_directories(path);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A key and a certificate that it signed itself, for the server "localhost".
struct Certificate {
  explicit Certificate(const std::filesystem::path& folder)
      : key(folder / "server.key"), certificate(folder / "server.crt") {
    const auto command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout '" +
        key.string() + "' -out '" + certificate.string() + "' 2>&1";
    const auto close = [](FILE* pipe) { return pclose(pipe); };
    std::unique_ptr<FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
    while (pipe && std::fgetc(pipe.get()) != EOF) continue;
    if (!pipe || pclose(pipe.release()) != 0) throw std::runtime_error("no certificate: openssl");
  }
  std::filesystem::path key;
  std::filesystem::path certificate;
};

std::string to_server(const std::string& settings) {
  return "hostaddr=127.0.0.1 dbname=postgres port=" +
         std::to_string(test::PostgresServer::running().port()) + " " + settings;
}

std::string code_of(const std::string& settings) {
  return failure_code([&] {
    Connection::open({.conninfo = to_server(settings), .area = "test"}).query("SELECT 1");
  });
}

/// Tries again until the server has read its settings.
std::string code_in_time(const std::string& settings, const std::string& wanted) {
  const SystemClock clock;
  const auto deadline = clock.monotonic() + std::chrono::seconds(20);
  auto code = code_of(settings);
  while (code != wanted && clock.monotonic() < deadline) code = code_of(settings);
  return code;
}

TEST_SUITE("postgres/access") {
  TEST_CASE("a password is taken from the settings or the password file and must be right") {
    auto& server = test::PostgresServer::running();
    connect().execute(
        "SET password_encryption = 'scram-sha-256';"
        "DROP ROLE IF EXISTS keeper; CREATE ROLE keeper LOGIN PASSWORD 'open sesame'");
    server.admit("host all keeper 127.0.0.1/32 scram-sha-256\n");
    CHECK(code_in_time("user=keeper passfile=/nowhere", "test.access_denied") ==
          "test.access_denied");
    CHECK(code_of("user=keeper password=wrong") == "test.access_denied");
    CHECK(code_of("user=keeper password='open sesame'") == "no failure");

    const Folder folder;
    const auto file = folder.path / "passwords";
    std::ofstream(file) << "*:*:*:keeper:open sesame\n";
    REQUIRE(chmod(file.c_str(), 0600) == 0);
    auto database = Connection::open(
        {.conninfo = to_server("user=keeper passfile=" + file.string()), .area = "test"});
    CHECK(database.query("SELECT current_user::text").text(0, 0) == "keeper");
  }

  TEST_CASE("what a refused connection failed with is told by the server's code") {
    CHECK(code_of("user=nobody_of_that_name") == "test.access_denied");
    CHECK(code_of("user=tidemark dbname=nowhere") == "test.missing");
  }

  TEST_CASE("a server must show a certificate that is trusted and bears its name") {
    const auto& server = test::PostgresServer::running();
    const Folder folder;
    const Folder elsewhere;
    const Certificate shown(folder.path);
    const Certificate another(elsewhere.path);
    (void)server.put_file("server.key", content_of(shown.key));
    (void)server.put_file("server.crt", content_of(shown.certificate));
    connect().execute("ALTER SYSTEM SET ssl = on");
    server.admit("");
    const auto trusting =
        "user=tidemark sslmode=verify-full sslrootcert=" + shown.certificate.string() + " host=";
    REQUIRE(code_in_time(trusting + "localhost", "no failure") == "no failure");
    auto database =
        Connection::open({.conninfo = to_server(trusting + "localhost"), .area = "test"});
    CHECK(database.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").boolean(0, 0));
    CHECK(code_of(trusting + "another.example") == "test.connection");
    CHECK(code_of("user=tidemark host=localhost sslmode=verify-full sslrootcert=" +
                  another.certificate.string()) == "test.connection");
  }
}

}  // namespace
}  // namespace tidemark::postgres
