#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "contradictions.hpp"
#include "counter.hpp"
#include "data_directory.hpp"
#include "failure_code.hpp"
#include "ground_of.hpp"
#include "tidemark/admin/status.hpp"
#include "tidemark/app/run.hpp"
#include "tidemark/app/settings.hpp"
#include "tidemark/base/failure.hpp"

using namespace tidemark;
using test::failure_code;

namespace {

class NoLines final : public intake::LineMapper {
 public:
  intake::Mapped map(std::string_view /*line*/) override { return intake::Blank(); }
  [[nodiscard]] std::vector<const google::protobuf::Descriptor*> fact_types() const override {
    return {};
  }
};

class BrokenLines final : public intake::LineMapper {
 public:
  intake::Mapped map(std::string_view /*line*/) override {
    return intake::Mismatch{.reason = "broken", .field = {}, .message = {}};
  }
  [[nodiscard]] std::vector<const google::protobuf::Descriptor*> fact_types() const override {
    return {};
  }
};

/// Says that it was asked, and never answers.
class NeverMapped final : public intake::LineMapper {
 public:
  static inline int asked = -1;
  intake::Mapped map(std::string_view /*line*/) override {
    REQUIRE(::write(asked, "!", 1) == 1);
    std::promise<void> never;
    never.get_future().wait();
    return intake::Blank();
  }
  [[nodiscard]] std::vector<const google::protobuf::Descriptor*> fact_types() const override {
    return {};
  }
};

/// Opens nothing.
class NoEngine final : public store::AddressedEngine {
 public:
  [[nodiscard]] bool takes(std::string_view scheme) const override { return scheme == "none"; }
  [[nodiscard]] std::string shown(std::string_view /*address*/) const override { return {}; }
  [[nodiscard]] std::unique_ptr<store::StoreEngine> open(const std::string& /*address*/,
                                                         const store::OpenOptions& /*options*/,
                                                         const Clock& /*clock*/,
                                                         Random& /*random*/) const override {
    return nullptr;
  }
};

Wiring wiring() { return Wiring("counting").aggregates<counter::v1::Counter>(); }
Wiring wiring_with_input() {
  return Wiring("counting").aggregates<counter::v1::Counter>().input<NoLines>();
}

runtime::Config config(std::vector<std::string> flags) {
  const auto loaded = runtime::Config::load(app::config_schema(), {.flags = std::move(flags)});
  REQUIRE(loaded.has_value());
  return *loaded;
}

std::string refused(std::vector<std::string> flags) {
  const auto settings = config(std::move(flags));
  return failure_code([&] { app::refuse_contradictions(wiring_with_input(), settings); });
}

/// The exit code of `run` with these settings.
int run(const Wiring& wiring_of, const std::vector<std::string>& settings) {
  std::vector<std::string> arguments{"counting", "run"};
  for (const auto& setting : settings) {
    arguments.emplace_back("-s");
    arguments.push_back(setting);
  }
  std::vector<char*> argv;
  argv.reserve(arguments.size());
  for (auto& argument : arguments) argv.push_back(argument.data());
  return tidemark::run(wiring_of, static_cast<int>(argv.size()), argv.data());
}
int run(const std::vector<std::string>& settings) { return run(wiring_with_input(), settings); }

std::string temporary_folder() {
  std::string folder = std::filesystem::temp_directory_path() / "tidemark-start-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  return folder;
}

}  // namespace

TEST_SUITE("app/start") {
  TEST_CASE("settings that contradict each other are refused") {
    CHECK(refused({}) == "no failure");
    CHECK(refused({"input.file=a", "input.exit_at_end=true", "clock.source=input"}) ==
          "no failure");
    CHECK(refused({"input.file=a", "input.topic=b"}) == "app.bad_configuration");
    CHECK(refused({"input.topic=b"}) == "app.bad_configuration");
    CHECK(refused({"projection.topics=b"}) == "app.bad_configuration");
    CHECK(refused({"clock.source=input"}) == "app.bad_configuration");
    CHECK(refused({"projection.url=host=a"}) == "app.bad_configuration");
    CHECK(refused({"kafka.bootstrap_servers=127.0.0.1:1", "kafka.topic_prefix=a b"}) ==
          "relay.bad_topic");
    CHECK(failure_code([] { app::refuse_contradictions(wiring(), config({"input.file=a"})); }) ==
          "app.no_mapper");
  }

  TEST_CASE("a store's address needs its engine and knows one durability") {
    const NoEngine engine;
    const auto refused_with = [&](std::vector<std::string> flags) {
      const auto settings = config(std::move(flags));
      return failure_code([&] { app::refuse_contradictions(wiring(), settings, {engine}); });
    };
    const std::string url = "store.url=none://host";
    CHECK(refused({url}) == "app.bad_configuration");
    CHECK(refused_with({url}) == "no failure");
    CHECK(refused_with({"store.url=other://host"}) == "app.bad_configuration");
    CHECK(refused_with({"store.url=a/file.db"}) == "app.bad_configuration");
    CHECK(refused_with({url, "store.durability=normal"}) == "app.bad_configuration");
  }

  TEST_CASE("one of several processes has a name and not its input's time") {
    CHECK(refused({"run.instance=two"}) == "no failure");
    CHECK(refused({"run.instance=a@b"}) == "app.bad_configuration");
    CHECK(refused({"run.instance=" + std::string(41, 'n')}) == "app.bad_configuration");
    CHECK(refused({"run.instance=two", "input.file=a", "clock.source=input"}) ==
          "app.bad_configuration");
  }

  TEST_CASE("a run that is to end with its input needs one that ends") {
    CHECK(refused({"input.exit_at_end=true"}) == "app.bad_configuration");
    CHECK(refused({"input.exit_at_end=true", "input.file=a", "input.follow=true"}) ==
          "app.bad_configuration");
  }

  TEST_CASE("a run that follows its input does not wait for topics, so it has none") {
    const std::string broker = "kafka.bootstrap_servers=127.0.0.1:1";
    CHECK(refused({broker, "projection.topics=b"}) == "no failure");
    CHECK(refused({broker, "projection.topics=b", "input.file=a", "input.exit_at_end=true"}) ==
          "app.bad_configuration");
    CHECK(refused({broker, "projection.topics=b", "input.file=a", "clock.source=input"}) ==
          "app.bad_configuration");
  }

  TEST_CASE("what cannot be the data directory is a failure that names it") {
    for (const auto* name : {"", "/proc/x", "/dev/null", "/dev/null/x"}) {
      CAPTURE(name);
      CHECK(failure_code([&] { app::make_data_directory(name); }) == "app.data_directory");
    }
    app::make_data_directory(std::filesystem::temp_directory_path());
  }

  TEST_CASE("an application that cannot start exits with 2") {
    CHECK(run({"data.directory=/dev/null"}) == 2);
    CHECK(run({"data.directory="}) == 2);
    CHECK(run({"clock.source=input", "data.directory=/dev/null"}) == 2);
    CHECK(run({"log.file=/dev/null/log", "data.directory=/dev/null"}) == 2);
    CHECK(run({"kafka.bootstrap_servers=127.0.0.1:1", "kafka.settings.no.such=1",
               "data.directory=/dev/null"}) == 2);
  }

  TEST_CASE("what the Kafka client has to say is in the log") {
    const auto folder = temporary_folder();
    const auto log = folder + "/log";
    {
      const app::Surroundings around(Wiring("quiet"),
                                     config({"data.directory=" + folder, "log.file=" + log,
                                             "kafka.bootstrap_servers=127.0.0.1:1"}));
      const auto producer = around.broker->producer();
      const auto text = [&] {
        producer->poll();
        std::ifstream in(log);
        return std::string(std::istreambuf_iterator<char>(in), {});
      };
      const auto until = around.system_clock.monotonic() + std::chrono::seconds(20);
      while (text().find("kafka.client_error") == std::string::npos) {
        REQUIRE(around.system_clock.monotonic() < until);
      }
      CHECK(text().find("Connection refused") != std::string::npos);
      CHECK(text().find("will be ignored") == std::string::npos);
    }
    std::filesystem::remove_all(folder);
  }

  TEST_CASE("a worker that hangs does not keep the process from ending") {
    const auto folder = temporary_folder();
    std::ofstream(folder + "/lines") << "a line\n";
    std::array<int, 2> asked{};
    REQUIRE(::pipe2(asked.data(), O_CLOEXEC) == 0);
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::alarm(20);  // or a mistake here would leave a process behind
      NeverMapped::asked = asked[1];
      ::_exit(run(Wiring("counting").aggregates<counter::v1::Counter>().input<NeverMapped>(),
                  {"data.directory=" + folder, "input.file=" + folder + "/lines",
                   "log.file=/dev/null", "run.drain_timeout=100ms"}));
    }
    ::close(asked[1]);
    char word = 0;
    CHECK(::read(asked[0], &word, 1) == 1);
    ::kill(child, SIGTERM);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 1);
    ::close(asked[0]);
    std::filesystem::remove_all(folder);
  }

  TEST_CASE("an application whose broker is gone ends well when it is asked to") {
    const auto folder = temporary_folder();
    std::ofstream(folder + "/lines") << "a line\n";
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::alarm(30);
      ::_exit(
          run(Wiring("counting").aggregates<counter::v1::Counter>().input<BrokenLines>(),
              {"data.directory=" + folder, "input.file=" + folder + "/lines", "log.file=/dev/null",
               "kafka.bootstrap_servers=127.0.0.1:1", "health.interval=100ms"}));
    }
    const auto relay_is_red = [&] {
      const auto status = admin::read_status(folder);
      return status && std::ranges::any_of(status->workers, [](const auto& worker) {
               return worker.worker.starts_with("relay") &&
                      worker.state == observe::HealthState::failed;
             });
    };
    const SystemClock clock;
    const auto until = clock.monotonic() + std::chrono::seconds(20);
    while (!relay_is_red() && clock.monotonic() < until) std::this_thread::yield();
    CHECK(relay_is_red());
    ::kill(child, SIGTERM);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    std::filesystem::remove_all(folder);
  }
}
