#include "tidemark/app/settings.hpp"

namespace tidemark::app {

using runtime::ConfigSchema;
using runtime::ConfigType;

namespace {

void add_storage(ConfigSchema& schema) {
  schema
      .add({.name = "data.directory",
            .fallback = "data",
            .about = "where the log, the read models and all progress lie"})
      .add({.name = "store.url",
            .about = "the address of the log's store, postgresql://…; empty: a file in "
                     "data.directory",
            .secret = true})
      .add({.name = "store.durability",
            .type = ConfigType::choice,
            .fallback = "full",
            .about = "full: an acknowledged append survives power loss; normal: a crash only",
            .choices = {"full", "normal"}})
      .add({.name = "store.busy_timeout",
            .type = ConfigType::duration,
            .fallback = "5s",
            .about = "how long to wait for another process's commit"})
      .add({.name = "store.gather_max",
            .type = ConfigType::duration,
            .fallback = "0s",
            .about = "the most that an append may wait for others to share its commit; 0s: it is "
                     "committed as soon as the disk is free (PostgreSQL: at least 200us)",
            .max = 1'000'000})
      .add({.name = "store.poll_interval",
            .type = ConfigType::duration,
            .fallback = "20ms",
            .about = "how soon what other processes stored is noticed (PostgreSQL: when its "
                     "notification does not come, within 500ms more)",
            .min = 1'000,
            .max = 10'000'000})
      .add({.name = "store.append_events_max",
            .type = ConfigType::integer,
            .fallback = "4096",
            .about = "events in one append; a saga's step is one",
            .min = 100,
            .max = 50'000})
      .add({.name = "store.event_size_max",
            .type = ConfigType::size,
            .fallback = "900KiB",
            .about = "data of one event; its topic and the broker must let it through",
            .min = 64LL << 10,
            .max = 16LL << 20})
      .add(
          {.name = "store.readers_max",
           .type = ConfigType::integer,
           .fallback = "0",
           .about = "threads that read the log at the same time; 0: 64 of a file, 16 of PostgreSQL",
           .max = 1'000})
      .add({.name = "store.side_store",
            .type = ConfigType::boolean,
            .fallback = "true",
            .about = "keep a second file beside the log that makes loads of long streams fast"})
      .add({.name = "store.checkpoint_every",
            .type = ConfigType::integer,
            .fallback = "100000",
            .about = "events between two checkpoints of the log; 0: it issues none by itself",
            .min = 0})
      .add({.name = "store.signing_key_file",
            .about = "the key that signs checkpoints, made by `key create`; empty: unsigned"});
}

void add_input(ConfigSchema& schema) {
  schema
      .add({.name = "input.file",
            .about = "newline-delimited JSON to read; - is standard input, empty is none"})
      .add({.name = "input.topic", .about = "a Kafka topic to read instead of a file"})
      .add({.name = "input.name",
            .fallback = "input",
            .about = "under which its progress is kept; another input needs another name"})
      .add({.name = "input.group",
            .fallback = "tidemark",
            .about = "the consumer group that reads input.topic"})
      .add({.name = "input.follow",
            .type = ConfigType::boolean,
            .fallback = "false",
            .about = "wait for more at the end of the file"})
      .add({.name = "input.exit_at_end",
            .type = ConfigType::boolean,
            .fallback = "false",
            .about = "stop when the input is at its end and everything it caused is done; "
                     "with exit code 1 when a worker is red"})
      .add({.name = "clock.source",
            .type = ConfigType::choice,
            .fallback = "system",
            .about = "input: the time is the highest timestamp of the input",
            .choices = {"system", "input"}})
      .add({.name = "clock.tick",
            .type = ConfigType::duration,
            .fallback = "1h",
            .about = "with clock.source=input: how far time runs ahead of what it causes",
            .min = 1'000'000});
}

void add_kafka(ConfigSchema& schema) {
  schema
      .add({.name = "kafka.bootstrap_servers",
            .about = "brokers, host:port separated by commas; empty: nothing is published"})
      .add({.name = "kafka.topic_prefix", .about = "goes before the category in a topic's name"})
      .add({.name = "kafka.partitions",
            .type = ConfigType::integer,
            .fallback = "6",
            .about = "of topics that have to be made",
            .min = 1,
            .max = 10'000})
      .add({.name = "kafka.lease",
            .type = ConfigType::duration,
            .fallback = "10s",
            .about = "how long a relay that died keeps others from taking over",
            .min = 100'000})
      .add({.name = "kafka.publish",
            .type = ConfigType::boolean,
            .fallback = "true",
            .about = "publish the log; false: only read topics"})
      .add({.name = "kafka.accept_partition_changes",
            .type = ConfigType::boolean,
            .fallback = "false",
            .about = "go on with a topic that has other partitions than before; keys lose their "
                     "order once"})
      .add({.name = "kafka.topics",
            .type = ConfigType::map,
            .about = "the topic of a category that is not to go to its own; empty: not published"})
      .add({.name = "kafka.resume_after",
            .type = ConfigType::integer,
            .fallback = "0",
            .about = "after store.diverged: publish on behind this position; 0: refuse"})
      .add({.name = "kafka.settings",
            .type = ConfigType::map,
            .about = "librdkafka's own settings by name; never shown, for they hold passwords",
            .secret = true});
}

void add_read_models(ConfigSchema& schema) {
  schema
      .add({.name = "projection.topics",
            .type = ConfigType::list,
            .about = "Kafka topics that read models are fed from, separated by commas; empty: the "
                     "log"})
      .add({.name = "projection.url",
            .about = "a PostgreSQL database that read models lie in, as libpq reads it; empty: "
                     "files in data.directory",
            .secret = true})
      .add({.name = "projection.schema_prefix",
            .fallback = "tidemark",
            .about = "begins the names of the read models' schemas in that database"});
}

void add_workers(ConfigSchema& schema) {
  schema
      .add({.name = "feed.attempts_max",
            .type = ConfigType::integer,
            .fallback = "3",
            .about = "attempts at one event before its key is parked for a person",
            .min = 1,
            .max = 100})
      .add({.name = "feed.retry_first",
            .type = ConfigType::duration,
            .fallback = "1s",
            .about = "wait after the first failed attempt"})
      .add({.name = "feed.retry_factor",
            .type = ConfigType::integer,
            .fallback = "2",
            .about = "each wait is that much longer than the one before",
            .min = 1,
            .max = 100})
      .add({.name = "feed.retry_max",
            .type = ConfigType::duration,
            .fallback = "5m",
            .about = "no wait for another attempt is longer",
            .max = 365LL * 24 * 3600 * 1'000'000})
      .add({.name = "feed.parked_keys_max",
            .type = ConfigType::integer,
            .fallback = "100",
            .about = "keys that a feed sets aside; one more stops it until there is room",
            .min = 1,
            .max = 1'000'000})
      .add({.name = "feed.parked_events_max",
            .type = ConfigType::integer,
            .fallback = "100000",
            .about = "events that a feed sets aside, those behind failed ones included",
            .min = 1,
            .max = 100'000'000})
      .add({.name = "command.attempts_max",
            .type = ConfigType::integer,
            .fallback = "16",
            .about = "decisions of one command that lost the race each time",
            .min = 1,
            .max = 10'000})
      .add({.name = "command.answer_ttl",
            .type = ConfigType::duration,
            .fallback = "7d",
            .about = "how long answers to keyed commands are kept"})
      .add({.name = "command.snapshot_every",
            .type = ConfigType::integer,
            .fallback = "500",
            .about = "events of an aggregate between two snapshots; 0: however many",
            .max = 1'000'000})
      .add({.name = "command.snapshot_bytes",
            .type = ConfigType::size,
            .fallback = "256KiB",
            .about = "data of its events between two snapshots, whichever comes first; 0: "
                     "however much",
            .max = 1LL << 30});
}

void add_run(ConfigSchema& schema) {
  schema
      .add({.name = "run.instance",
            .about = "the name of this process, when several run on one store: all but one have "
                     "one"})
      .add({.name = "run.drain_timeout",
            .type = ConfigType::duration,
            .fallback = "20s",
            .about = "how long to wait for workers to stop"})
      .add({.name = "run.progress",
            .type = ConfigType::boolean,
            .fallback = "false",
            .about = "print a progress line to standard error"});
}

void add_operations(ConfigSchema& schema) {
  schema
      .add({.name = "http.enabled",
            .type = ConfigType::boolean,
            .fallback = "true",
            .about = "serve /healthz, /readyz and /metrics"})
      .add({.name = "http.address",
            .fallback = "127.0.0.1",
            .about = "address to listen on; anything but loopback is your decision"})
      .add({.name = "http.port",
            .type = ConfigType::integer,
            .fallback = "0",
            .about = "port to listen on; 0: a free one, named in the log",
            .max = 65'535})
      .add({.name = "health.interval",
            .type = ConfigType::duration,
            .fallback = "15s",
            .about = "a worker that is behind and does not move for so long is red",
            .min = 100'000})
      .add({.name = "log.level",
            .type = ConfigType::choice,
            .fallback = "info",
            .about = "the least important lines that are written",
            .choices = {"debug", "info", "warn", "error"}})
      .add({.name = "log.format",
            .type = ConfigType::choice,
            .fallback = "text",
            .about = "text: key=value; json: one object a line",
            .choices = {"text", "json"}})
      .add({.name = "log.file", .about = "file to append to; empty: standard error"});
}

}  // namespace

ConfigSchema config_schema() {
  ConfigSchema schema;
  add_storage(schema);
  add_input(schema);
  add_kafka(schema);
  add_read_models(schema);
  add_workers(schema);
  add_run(schema);
  add_operations(schema);
  return schema;
}

}  // namespace tidemark::app
