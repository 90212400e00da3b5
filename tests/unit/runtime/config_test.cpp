#include "tidemark/runtime/config.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

using namespace tidemark::runtime;
using tidemark::Problem;

namespace {

ConfigSchema schema() {
  ConfigSchema keys;
  keys.add({.name = "store.file", .fallback = "tidemark.db", .about = "The log's file."})
      .add({.name = "store.sync",
            .type = ConfigType::choice,
            .fallback = "full",
            .about = "When a commit is durable.",
            .choices = {"full", "normal"}})
      .add({.name = "store.busy_timeout",
            .type = ConfigType::duration,
            .fallback = "5s",
            .about = "Longest wait for another process.",
            .min = 1'000,
            .max = 60'000'000})
      .add({.name = "store.cache",
            .type = ConfigType::size,
            .fallback = "16MiB",
            .about = "Page cache."})
      .add({.name = "relay.batch",
            .type = ConfigType::integer,
            .fallback = "500",
            .about = "Events in one transaction.",
            .min = 1,
            .max = 4096})
      .add({.name = "relay.enabled",
            .type = ConfigType::boolean,
            .fallback = "false",
            .about = "Publish to Kafka | or not."})
      .add({.name = "relay.categories", .type = ConfigType::list, .about = "What to publish."})
      .add({.name = "kafka.settings", .type = ConfigType::map, .about = "For the client."})
      .add({.name = "http.token", .about = "Who may call.", .secret = true});
  return keys;
}

Config loaded(const ConfigSources& sources) {
  auto config = Config::load(schema(), sources);
  if (!config) {
    for (const auto& problem : config.error()) MESSAGE(to_string(problem));
  }
  REQUIRE(config.has_value());
  return std::move(config).value();
}

std::vector<Problem> problems(const ConfigSources& sources) {
  auto config = Config::load(schema(), sources);
  REQUIRE_FALSE(config.has_value());
  return config.error();
}

ConfigFile file(std::string text) { return {.path = "app.toml", .text = std::move(text)}; }

ConfigEntry entry(const Config& config, std::string_view name) {
  for (auto& entry : config.entries()) {
    if (entry.name == name) return entry;
  }
  FAIL("no entry " << name);
  return {};
}

constexpr const char* whole_file = R"(
[store]
file = "/var/lib/app.db"
sync = "normal"
busy_timeout = "200ms"
cache = "1MiB"

[relay]
batch = 100
enabled = true
categories = ["campaign", "account"]

[kafka.settings]
bootstrap.servers = "127.0.0.1:9092"
"sasl.password" = "hunter2"
linger.ms = 5

[http]
token = "swordfish"
)";

}  // namespace

TEST_SUITE("runtime/config") {
  TEST_CASE("without sources every key has its default") {
    const auto config = loaded({});
    CHECK(config.text("store.file") == "tidemark.db");
    CHECK(config.text("store.sync") == "full");
    CHECK(config.duration("store.busy_timeout") == std::chrono::seconds(5));
    CHECK(config.size_bytes("store.cache") == 16 * 1024 * 1024);
    CHECK(config.integer("relay.batch") == 500);
    CHECK_FALSE(config.boolean("relay.enabled"));
    CHECK(config.list("relay.categories").empty());
    CHECK(config.map("kafka.settings").empty());
    CHECK(config.secret("http.token").empty());
    CHECK_FALSE(config.is_set("store.file"));
    CHECK_FALSE(config.is_set("kafka.settings"));
    CHECK(entry(config, "store.busy_timeout").value == "5s");
    CHECK(entry(config, "store.busy_timeout").origin == "default");
  }

  TEST_CASE("a file sets keys of every type") {
    const auto config = loaded({.file = file(whole_file)});
    CHECK(config.text("store.file") == "/var/lib/app.db");
    CHECK(config.text("store.sync") == "normal");
    CHECK(config.duration("store.busy_timeout") == std::chrono::milliseconds(200));
    CHECK(config.size_bytes("store.cache") == 1024 * 1024);
    CHECK(config.integer("relay.batch") == 100);
    CHECK(config.boolean("relay.enabled"));
    CHECK(config.list("relay.categories") == std::vector<std::string>{"campaign", "account"});
    CHECK(config.map("kafka.settings") ==
          std::map<std::string, std::string>{{"bootstrap.servers", "127.0.0.1:9092"},
                                             {"linger.ms", "5"},
                                             {"sasl.password", "hunter2"}});
    CHECK(config.secret("http.token").reveal() == "swordfish");
    CHECK(config.is_set("kafka.settings"));
    CHECK(entry(config, "store.sync").origin == "file app.toml:4");
  }

  TEST_CASE("the environment sets keys of every type") {
    const auto config =
        loaded({.environment = {{"TIDEMARK_STORE_BUSY_TIMEOUT", "7ms"},
                                {"TIDEMARK_STORE_CACHE", "2048"},
                                {"TIDEMARK_RELAY_BATCH", "7"},
                                {"TIDEMARK_RELAY_ENABLED", "true"},
                                {"TIDEMARK_RELAY_CATEGORIES", "campaign, account"},
                                {"TIDEMARK_KAFKA_SETTINGS_BOOTSTRAP_SERVERS", "a:1"},
                                {"HOME", "/root"}}});
    CHECK(config.duration("store.busy_timeout") == std::chrono::milliseconds(7));
    CHECK(config.size_bytes("store.cache") == 2048);
    CHECK(config.integer("relay.batch") == 7);
    CHECK(config.boolean("relay.enabled"));
    CHECK(config.list("relay.categories") == std::vector<std::string>{"campaign", "account"});
    CHECK(config.map("kafka.settings").at("bootstrap.servers") == "a:1");
    CHECK(entry(config, "relay.batch").origin == "environment TIDEMARK_RELAY_BATCH");
  }

  TEST_CASE("flags outweigh the environment, which outweighs the file") {
    const ConfigSources all{
        .file = file("[relay]\nbatch = 1\n[store]\nfile = \"f\"\ncache = 1\n"),
        .environment = {{"TIDEMARK_RELAY_BATCH", "2"}, {"TIDEMARK_STORE_FILE", "e"}},
        .flags = {"relay.batch=3", "relay.batch=4"}};
    const auto config = loaded(all);
    CHECK(config.integer("relay.batch") == 4);
    CHECK(config.text("store.file") == "e");
    CHECK(config.size_bytes("store.cache") == 1);
    CHECK(entry(config, "relay.batch").origin == "flag");
    CHECK(config.is_set("relay.batch"));
  }

  TEST_CASE("maps are put together entry by entry") {
    const auto config = loaded({.file = file("[kafka.settings]\na.b = \"1\"\nc = \"2\"\n"),
                                .flags = {"kafka.settings.a.b=3=4"}});
    CHECK(config.map("kafka.settings") ==
          std::map<std::string, std::string>{{"a.b", "3=4"}, {"c", "2"}});
    CHECK(entry(config, "kafka.settings.c").origin == "file app.toml:3");
  }

  TEST_CASE("secrets are masked, also those inside of maps") {
    const auto config = loaded({.file = file(whole_file)});
    CHECK(entry(config, "http.token").value == "***");
    CHECK(entry(config, "kafka.settings.sasl.password").value == "***");
    CHECK(entry(config, "kafka.settings.linger.ms").value == "5");
    CHECK(entry(loaded({}), "http.token").value.empty());
  }

  TEST_CASE("entries come in the order of declaration") {
    const auto entries = loaded({.flags = {"kafka.settings.b=1", "kafka.settings.a=2"}}).entries();
    REQUIRE(entries.size() == 10);
    CHECK(entries.front().name == "store.file");
    CHECK(entries[7].name == "kafka.settings.a");
    CHECK(entries[8].name == "kafka.settings.b");
    CHECK(entries.back().name == "http.token");
  }

  TEST_CASE("an unknown key is an error that names its place and the nearest known key") {
    const auto found = problems({.file = file("[store]\nfiel = \"x\"\n[stoer]\nfile = 1\n"),
                                 .environment = {{"TIDEMARK_RELAY_BATCHES", "1"}},
                                 .flags = {"htp.token=hunter2"}});
    REQUIRE(found.size() == 4);
    for (const auto& problem : found) CHECK(problem.code == "config.unknown_key");
    CHECK(to_string(found[0]).find("stoer.file") != std::string::npos);
    CHECK(found[1].field == "store.fiel");
    CHECK(found[1].message == "is no known key, in file app.toml:2");
    CHECK(found[1].hint == "did you mean store.file?");
    CHECK(found[2].field == "TIDEMARK_RELAY_BATCHES");
    CHECK(found[2].hint == "did you mean TIDEMARK_RELAY_BATCH?");
    CHECK(found[3].hint == "did you mean http.token?");
    CHECK(to_string(found[3]).find("hunter2") == std::string::npos);
  }

  TEST_CASE("every mistake is reported, not only the first") {
    const auto found = problems({.file = file("[store]\nbusy_timeout = 5\ncache = \"5MB\"\n"
                                              "sync = \"never\"\nfile = 1.5\n[relay]\n"
                                              "batch = \"5\"\nenabled = \"yes\"\n"
                                              "categories = [1]\n[http]\ntoken = 42\n"),
                                 .flags = {"relay.batch=0", "relay.batch=4097", "relay.enabled=on",
                                           "store.busy_timeout=2h", "kafka.settings=x", "oops"}});
    std::vector<std::string> codes;
    for (const auto& problem : found) {
      codes.push_back(problem.field + " " + problem.code);
      CAPTURE(to_string(problem));
      CHECK_FALSE(problem.hint.empty());
      CHECK(to_string(problem).find("42") == std::string::npos);
    }
    CHECK(codes == std::vector<std::string>{
                       "http.token config.wrong_type", "relay.batch config.wrong_type",
                       "relay.categories config.wrong_type", "relay.enabled config.wrong_type",
                       "store.busy_timeout config.wrong_type", "store.cache config.wrong_type",
                       "store.file config.wrong_type", "store.sync config.bad_choice",
                       "relay.batch config.out_of_range", "relay.batch config.out_of_range",
                       "relay.enabled config.wrong_type", "store.busy_timeout config.out_of_range",
                       "kafka.settings config.wrong_type", "oops config.bad_flag"});
  }

  TEST_CASE("a value of the wrong kind is told apart by what it is") {
    const auto found = problems({.file = file("[relay]\nbatch = \"5\"\n[store.cache]\nx = 1\n"
                                              "[store.file]\n"),
                                 .flags = {"relay.batch=0"}});
    REQUIRE(found.size() == 4);
    CHECK(found[0].message ==
          "is \"5\" in file app.toml:2, not a value of type integer, 1 to 4096");
    CHECK(found[1].message == "is a table in file app.toml:3, not a value of type size");
    CHECK(found[2].message == "is a table in file app.toml:5, not a value of type text");
    CHECK(found[3].message == "is \"0\" in flag");
    CHECK(found[3].hint == "it must be integer, 1 to 4096");
  }

  TEST_CASE("text that is no TOML is an error with its place") {
    const auto found = problems({.file = file("[store]\nfile = \n")});
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == "config.syntax");
    CHECK(found[0].field == "app.toml:2");
  }

  TEST_CASE("variables that Kubernetes makes for a service called tidemark are no mistakes") {
    loaded({.environment = {{"TIDEMARK_SERVICE_HOST", "10.0.0.1"},
                            {"TIDEMARK_SERVICE_PORT_HTTP", "80"},
                            {"TIDEMARK_PORT", "tcp://10.0.0.1:80"},
                            {"TIDEMARK_PORT_80_TCP_ADDR", "10.0.0.1"}}});
  }

  TEST_CASE("a file that cannot be read is an error that names it") {
    for (const char* path : {"/no/such/file.toml", "/tmp"}) {
      const auto read = read_config_file(path);
      REQUIRE_FALSE(read.has_value());
      CHECK(read.error().code == "config.unreadable");
      CHECK(read.error().field == path);
    }
    CHECK(read_config_file("/dev/null").has_value());
    CHECK(read_config_file("/dev/zero").error().message == "is larger than 1 MiB");
  }

  TEST_CASE("the process's environment is read by prefix") {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs now
    setenv("TIDEMARK_RELAY_BATCH", "12=3", 1);
    const auto environment = process_environment();
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs now
    unsetenv("TIDEMARK_RELAY_BATCH");
    CHECK(environment.at("TIDEMARK_RELAY_BATCH") == "12=3");
    CHECK(std::all_of(environment.begin(), environment.end(), [](const auto& variable) {
      return variable.first.starts_with("TIDEMARK_");
    }));
  }

  TEST_CASE("the reference lists every key with type, default and variable") {
    const auto text = schema().render_reference();
    for (const char* line :
         {"| `store.sync` | one of full, normal | `full` | `TIDEMARK_STORE_SYNC` | When a commit "
          "is "
          "durable. |\n",
          "| `store.busy_timeout` | duration, 1ms to 1m | `5s` | `TIDEMARK_STORE_BUSY_TIMEOUT` | "
          "Longest wait for another process. |\n",
          "| `kafka.settings.*` | map of texts |  | `TIDEMARK_KAFKA_SETTINGS_*` | For the client. "
          "|\n",
          "| `relay.enabled` | boolean | `false` | `TIDEMARK_RELAY_ENABLED` | Publish to Kafka \\| "
          "or not. |\n",
          "| `http.token` | text, secret |  | `TIDEMARK_HTTP_TOKEN` | Who may call. |\n"}) {
      CAPTURE(text);
      CHECK(text.find(line) != std::string::npos);
    }
  }
}
