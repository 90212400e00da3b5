#include "presence.hpp"
#include "tidemark/admin/doctor.hpp"
#include "tidemark/admin/operation_worker.hpp"
#include "tidemark/admin/trace_reports.hpp"
#include "tidemark/admin/wiring_reports.hpp"
#include "tool_context.hpp"
#include "usage.hpp"

namespace tidemark::admin {
namespace {

struct TraceOptions {
  TraceQuery query;
  std::string kafka;
};

int run_trace(ToolContext& context, TraceOptions options) {
  const auto& environment = context.environment();
  auto broker = environment.host != nullptr ? environment.host->broker() : nullptr;
  if (!options.kafka.empty()) broker = kafka::connect({.bootstrap_servers = options.kafka});
  options.query.broker = broker.get();
  options.query.wait = environment.wait;
  return context.show(trace(context.site(), options.query));
}

void add_trace(CLI::App& tool, ToolContext& context) {
  auto& verb = add_verb(tool, "trace", "one conversation: command, events, saga steps, rows");
  const auto options = std::make_shared<TraceOptions>();  // lives as long as the verb's action
  verb.add_option("CORRELATION", options->query.correlation_id, "its correlation id")->required();
  add_limit(verb, options->query.limit, "events at most");
  verb.add_option("--kafka", options->kafka,
                  "brokers to ask for offsets, host:port separated by commas");
  context.on(verb, [&context, options] { return run_trace(context, *options); });
}

void add_describe(CLI::App& tool, ToolContext& context) {
  context.on(add_verb(tool, "describe", "what is wired to what"), [&context] {
    auto manifest = context.manifest();
    if (!manifest) return context.fail(manifest.error());
    // A copy lies elsewhere than the application was told.
    if (context.environment().host == nullptr) {
      manifest->directory = context.site().directory().string();
    }
    return context.show(describe(*manifest));
  });
}

void add_schema(CLI::App& tool, ToolContext& context) {
  auto& group = add_group(tool, "schema", "the types of events, commands and rows");
  auto& verb =
      add_verb(group, "export", "write their descriptors, with which other programs read them");
  const auto file = std::make_shared<std::string>();  // as above
  verb.add_option("FILE", *file, "a google.protobuf.FileDescriptorSet; replaced if it is there")
      ->required();
  context.on(verb, [&context, file] {
    const auto manifest = context.manifest();
    return manifest ? context.show(schema_export(*manifest, *file))
                    : context.fail(manifest.error());
  });
}

void add_doctor(CLI::App& tool, ToolContext& context) {
  auto& verb = add_verb(tool, "doctor", "examine it: what is wrong, and what to do about it");
  const auto options = std::make_shared<DoctorOptions>();  // as above
  verb.add_flag("--full", options->full, "read everything: the hash chain, and large files");
  verb.add_option("--lag-max", options->lag_max, "events that a feed may be behind")
      ->capture_default_str()
      ->check(whole_number());
  context.on(verb, [&context, options] {
    const auto& site = context.site();
    const bool runs = site.vfs().empty() && Presence::is_taken(site.directory() / operations_lock);
    return context.show(doctor(site, runs, *options));
  });
}

}  // namespace

void add_report_verbs(CLI::App& tool, ToolContext& context) {
  add_trace(tool, context);
  add_describe(tool, context);
  add_schema(tool, context);
  add_doctor(tool, context);
}

}  // namespace tidemark::admin
