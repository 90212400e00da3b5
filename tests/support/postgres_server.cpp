#include "support/postgres_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"

namespace tidemark::test {
namespace {

constexpr int skipped = 77;  // of ctest
const std::string programs = "/usr/lib/postgresql/15/bin/";

[[noreturn]] void give_up(const std::string& why) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in a test program changes the environment
  const char* in_ci = std::getenv("CI");
  const bool is_skipped = in_ci == nullptr || std::string(in_ci) != "true";
  std::fprintf(stderr, "%s: no PostgreSQL could be started: %s\n",
               is_skipped ? "skipped" : "failed", why.c_str());
  std::_Exit(is_skipped ? skipped : 1);
}

/// Whom the server runs as: it refuses to run as root.
const passwd* server_user() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): called by the main thread only
  return geteuid() == 0 ? getpwnam("postgres") : nullptr;
}

/// In the child, between fork and exec.
void become_server(const passwd* user, const std::string& log) {
  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0 || dup2(file, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0) _exit(1);
  if (user != nullptr && (fchown(file, user->pw_uid, user->pw_gid) != 0 ||
                          initgroups(user->pw_name, user->pw_gid) != 0 ||
                          setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) {
    _exit(1);
  }
  prctl(PR_SET_PDEATHSIG, SIGQUIT);  // an immediate shutdown, should this program be killed
}

pid_t spawn(std::vector<std::string> arguments, const std::filesystem::path& folder) {
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const auto* user = server_user();
  const auto log = (folder / "server.log").string();
  const auto pid = fork();
  if (pid == 0) {
    become_server(user, log);
    execv(pointers[0], pointers.data());
    _exit(127);
  }
  if (pid < 0) throw std::runtime_error("cannot start " + arguments[0]);
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

bool is_free(std::uint16_t port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;  // as the server does: what ended lately is not in its way
  setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is = bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  close(probe);
  return is;
}

/// Below the ephemeral range, so that no client's socket is in the way, now or when the server
/// starts again.
std::uint16_t free_port() {
  SystemRandom random;
  for (int i = 0; i < 100; ++i) {
    const auto port = static_cast<std::uint16_t>(20'000 + random.below(10'000));
    if (is_free(port)) return port;
  }
  give_up("no free port");
}

/// What a server said last, for who must find out why it does not answer.
std::string last_lines(const std::filesystem::path& log) {
  std::ifstream file(log);
  std::deque<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
    if (lines.size() > 10) lines.pop_front();
  }
  std::string all;
  for (const auto& line : lines) all += "\n  " + line;
  return all;
}

std::filesystem::path new_folder() {
  auto pattern = (std::filesystem::temp_directory_path() / "tidemark-pg-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) give_up("no temporary folder");
  if (const auto* user = server_user()) {
    if (chown(pattern.c_str(), user->pw_uid, user->pw_gid) != 0) give_up("cannot change owner");
  }
  return pattern;
}

}  // namespace

PostgresServer& PostgresServer::running(Durability durability) {
  static PostgresServer server(durability);
  return server;
}

PostgresServer::PostgresServer(Durability durability)
    : durability_(durability), folder_(new_folder()), port_(free_port()) {
  if (!std::filesystem::exists(programs + "postgres")) give_up("postgresql-15 is not installed");
  if (geteuid() == 0 && server_user() == nullptr) give_up("there is no user postgres");
  initialise();
  start();
}

PostgresServer::~PostgresServer() {
  if (pid_ != 0) {
    ::kill(pid_, SIGQUIT);
    wait_for(pid_);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void PostgresServer::initialise() const {
  const auto data = (folder_ / "data").string();
  const auto pid = spawn({programs + "initdb", "-D", data, "-U", "tidemark", "-A", "trust",
                          "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C.UTF-8"},
                         folder_);
  if (wait_for(pid) != 0) give_up("initdb failed" + last_lines(folder_ / "server.log"));
  std::ofstream settings(data + "/postgresql.conf", std::ios::app);
  settings << "listen_addresses = '127.0.0.1'\nport = " << port_ << "\nunix_socket_directories = '"
           << folder_.string() << "'\nmax_connections = 60\nlog_min_messages = warning\n";
  if (durability_ == Durability::none) {
    settings << "shared_buffers = 64MB\nautovacuum_max_workers = 1\n"
                "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n";
  }
}

std::string PostgresServer::connection() const {
  return "host=" + folder_.string() + " port=" + std::to_string(port_) +
         " user=tidemark dbname=postgres";
}

std::string PostgresServer::tcp_connection() const {
  return "host=127.0.0.1 port=" + std::to_string(port_) + " user=tidemark dbname=postgres";
}

bool PostgresServer::answers() const { return PQping(connection().c_str()) == PQPING_OK; }

void PostgresServer::start() {
  const SystemClock clock;
  const auto deadline = clock.monotonic() + std::chrono::minutes(3);
  pid_ = spawn({programs + "postgres", "-D", (folder_ / "data").string()}, folder_);
  while (!answers()) {
    if (clock.monotonic() > deadline) {
      give_up("the server does not answer" + last_lines(folder_ / "server.log"));
    }
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      // After a crash, processes of the old server may hold its memory for a moment.
      pid_ = spawn({programs + "postgres", "-D", (folder_ / "data").string()}, folder_);
    }
    ::poll(nullptr, 0, 20);
  }
}

std::filesystem::path PostgresServer::put_file(const std::string& name,
                                               const std::string& content) const {
  auto path = folder_ / "data" / name;
  std::ofstream(path) << content;
  const auto* user = server_user();
  if (chmod(path.c_str(), 0600) != 0 ||
      (user != nullptr && chown(path.c_str(), user->pw_uid, user->pw_gid) != 0)) {
    throw std::runtime_error("cannot hand over " + path.string());
  }
  return path;
}

void PostgresServer::admit(const std::string& lines) const {
  std::ifstream rules(folder_ / "data" / "pg_hba.conf");
  const std::string old((std::istreambuf_iterator<char>(rules)), {});
  (void)put_file("pg_hba.conf", lines + old);
  ::kill(pid_, SIGHUP);
}

void PostgresServer::stop() {
  ::kill(pid_, SIGINT);
  wait_for(pid_);
  pid_ = 0;
}

void PostgresServer::kill() {
  ::kill(pid_, SIGKILL);
  wait_for(pid_);
  pid_ = 0;
}

}  // namespace tidemark::test
