#include "support/kafka_cluster.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace tidemark::test {
namespace {

constexpr int cannot_be_had = 3;  // of broker.sh
constexpr int skipped = 77;       // of ctest

struct Outcome {
  int code = 0;
  std::string output;
};

/// Runs a verb of broker.sh. The broker watches this process and goes when it is gone.
Outcome run(const std::string& verb, const std::string& folder) {
  const auto command = "KAFKA_OWNER_PID=" + std::to_string(getpid()) +
                       " '" TIDEMARK_KAFKA_BROKER_SH "' " + verb + " '" + folder + "'";
  const auto close = [](FILE* pipe) { pclose(pipe); };
  std::unique_ptr<FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  Outcome outcome;
  std::array<char, 256> line{};
  while (fgets(line.data(), static_cast<int>(line.size()), pipe.get()) != nullptr)
    outcome.output += line.data();
  const int status = pclose(pipe.release());
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  while (!outcome.output.empty() && outcome.output.back() == '\n') outcome.output.pop_back();
  return outcome;
}

void must(const std::string& verb, const std::string& folder) {
  if (run(verb, folder).code != 0) throw std::runtime_error("broker.sh " + verb + " failed");
}

std::string new_folder() {
  auto pattern = (std::filesystem::temp_directory_path() / "tidemark-kafka-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return pattern;
}

}  // namespace

KafkaCluster& KafkaCluster::running() {
  static KafkaCluster cluster;
  return cluster;
}

KafkaCluster::KafkaCluster() : folder_(new_folder()) {
  const auto started = run("start", folder_);
  address_ = started.output;
  if (started.code == 0) return;
  std::filesystem::remove_all(folder_);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in a test program changes the environment
  const char* required = std::getenv("DEV_REQUIRE_KAFKA");
  const bool is_skipped =
      started.code == cannot_be_had && (required == nullptr || std::string(required) != "1");
  std::fprintf(stderr, "%s: no Kafka broker could be started, see above\n",
               is_skipped ? "skipped" : "failed");
  std::_Exit(is_skipped ? skipped : 1);
}

KafkaCluster::~KafkaCluster() {
  run("kill", folder_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void KafkaCluster::stop() { must("stop", folder_); }
void KafkaCluster::kill() { must("kill", folder_); }
void KafkaCluster::start() { must("start", folder_); }

void pause_before_next_look() { ::poll(nullptr, 0, 2); }

}  // namespace tidemark::test
