#include "tidemark/admin/wiring_reports.hpp"

#include <fmt/format.h>

#include <google/protobuf/descriptor.pb.h>
#include <algorithm>
#include <fstream>

#include "type_names.hpp"

namespace tidemark::admin {
namespace {

using Names = std::vector<std::string>;

std::string short_names(const Names& types) {
  std::string text;
  for (const auto& type : types) {
    text.append(text.empty() ? "" : ", ").append(last_part(type));
  }
  return text;
}

bool holds(const Names& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// Who hears an event: "projection campaign_minutes", "saga billing".
Names consumers_of(const Manifest& manifest, const std::string& event) {
  Names consumers;
  const auto add = [&](const char* kind, const auto& parts) {
    for (const auto& part : parts) {
      if (holds(part.events, event)) consumers.push_back(fmt::format("{} {}", kind, part.name));
    }
  };
  add("projection", manifest.projections);
  add("saga", manifest.sagas);
  add("reaction", manifest.reactions);
  return consumers;
}

/// "aggregates course, course".
std::string joint_name(const Manifest::JointDecision& joint) {
  return fmt::format("aggregates {}", fmt::join(joint.categories, ", "));
}

std::string target_of(const Manifest& manifest, const std::string& command) {
  for (const auto& aggregate : manifest.aggregates) {
    if (holds(aggregate.commands, command)) return "aggregate " + aggregate.category;
  }
  for (const auto& joint : manifest.joint_decisions) {
    if (holds(joint.commands, command)) return joint_name(joint);
  }
  return "nobody";
}

Node event_node(const Manifest& manifest, const std::string& event) {
  const auto consumers = consumers_of(manifest, event);
  return {.text = fmt::format(
              "{} → {}", last_part(event),
              consumers.empty() ? "nobody" : fmt::format("{}", fmt::join(consumers, ", "))),
          .facts = {{"event", event}, {"heard_by", Texts{consumers}}},
          .children = {}};
}

Node sends_node(const Manifest& manifest, const std::string& command) {
  const auto target = target_of(manifest, command);
  return {.text = fmt::format("sends {} → {}", last_part(command), target),
          .facts = {{"command", command}, {"to", target}},
          .children = {}};
}

Node leaf(std::string text) { return {.text = std::move(text), .facts = {}, .children = {}}; }

Node aggregate_node(const Manifest& manifest, const Manifest::Aggregate& aggregate) {
  const auto topic = topic_of(manifest, aggregate.category);
  Node node{.text = fmt::format("aggregate {}{}", aggregate.category,
                                topic ? fmt::format(" → topic {}", *topic) : std::string()),
            .facts = {{"kind", "aggregate"},
                      {"name", aggregate.category},
                      {"topic", topic ? Value(*topic) : Value()},
                      {"commands", Texts{aggregate.commands}}},
            .children = {leaf("takes " + short_names(aggregate.commands))}};
  for (const auto& event : aggregate.events) node.children.push_back(event_node(manifest, event));
  return node;
}

Node joint_node(const Manifest::JointDecision& joint) {
  return {.text = fmt::format("joint decision on {}", joint_name(joint)),
          .facts = {{"kind", "joint_decision"},
                    {"aggregates", Texts{joint.categories}},
                    {"commands", Texts{joint.commands}}},
          .children = {leaf("takes " + short_names(joint.commands))}};
}

/// Events that come from no aggregate: facts, and windows of other applications.
Node facts_node(const Manifest& manifest) {
  Node node{
      .text = "facts, which no aggregate emits", .facts = {{"kind", "facts"}}, .children = {}};
  for (const auto& event : event_types(manifest)) {
    const bool emitted = std::ranges::any_of(
        manifest.aggregates, [&](const auto& each) { return holds(each.events, event); });
    if (!emitted) node.children.push_back(event_node(manifest, event));
  }
  return node;
}

Node projection_node(const Manifest& manifest, const Manifest::Projection& projection) {
  Node node{.text = fmt::format("projection {} version {}: {} by {}{}", projection.name,
                                projection.version, last_part(projection.row),
                                fmt::join(projection.key, ", "),
                                projection.windowed ? ", in windows" : ""),
            .facts = {{"kind", "projection"},
                      {"name", projection.name},
                      {"version", std::uint64_t{projection.version}},
                      {"row", projection.row},
                      {"key", Texts{projection.key}},
                      {"events", Texts{projection.events}},
                      {"windowed", projection.windowed}},
            .children = {leaf("hears " + short_names(projection.events))}};
  for (const auto& reaction : manifest.reactions) {
    if (!holds(reaction.windows, projection.name)) continue;
    node.children.push_back(leaf("closed windows → reaction " + reaction.name));
  }
  return node;
}

Node saga_node(const Manifest& manifest, const Manifest::Saga& saga) {
  Node node{.text = fmt::format("saga {}: {} states, {} rows, data {}", saga.name,
                                saga.states.size(), saga.rows.size(), last_part(saga.data)),
            .facts = {{"kind", "saga"},
                      {"name", saga.name},
                      {"table", saga.table_hash},
                      {"data", saga.data},
                      {"events", Texts{saga.events}},
                      {"commands", Texts{saga.commands}}},
            .children = {leaf("hears " + short_names(saga.events))}};
  for (const auto& each : saga.commands) node.children.push_back(sends_node(manifest, each));
  return node;
}

Node reaction_node(const Manifest& manifest, const Manifest::Reaction& reaction) {
  Node node{.text = fmt::format("reaction {}: starts with {}", reaction.name, reaction.start),
            .facts = {{"kind", "reaction"},
                      {"name", reaction.name},
                      {"start", reaction.start},
                      {"events", Texts{reaction.events}},
                      {"windows", Texts{reaction.windows}},
                      {"commands", Texts{reaction.commands}}},
            .children = {}};
  if (!reaction.events.empty()) {
    node.children.push_back(leaf("hears " + short_names(reaction.events)));
  }
  for (const auto& window : reaction.windows) {
    node.children.push_back(leaf("hears closed windows of " + window));
  }
  for (const auto& each : reaction.commands) node.children.push_back(sends_node(manifest, each));
  return node;
}

/// Messages of the descriptor set that are not Protobuf's own.
std::uint64_t messages_in(const std::string& descriptor_set) {
  google::protobuf::FileDescriptorSet set;
  if (!set.ParseFromString(descriptor_set)) return 0;
  std::uint64_t messages = 0;
  for (const auto& file : set.file()) {
    if (file.package() == "google.protobuf") continue;
    messages += static_cast<std::uint64_t>(file.message_type_size());
  }
  return messages;
}

/// Whether a file is there that nobody exported: it must not be lost to a slip of the hand.
bool is_of_another_kind(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return false;
  if (!std::filesystem::is_regular_file(file, error)) {
    return std::filesystem::is_directory(file, error);
  }
  std::ifstream in(file, std::ios::binary);
  google::protobuf::FileDescriptorSet set;
  return std::filesystem::file_size(file, error) > 0 && !set.ParseFromIstream(&in);
}

}  // namespace

Report describe(const Manifest& manifest) {
  FactList list{
      .name = {},
      .facts = {{"application", manifest.application},
                {"directory", manifest.directory},
                {"durability", manifest.durability},
                {"time", manifest.input_time ? "that of the input" : "that of the machine"},
                {"published", manifest.topic_prefix.has_value()}}};
  for (const auto& [name, value] : manifest.build) list.facts.push_back({name, value});
  Tree tree{.name = "wiring", .roots = {}, .whole = true};
  for (const auto& each : manifest.aggregates) {
    tree.roots.push_back(aggregate_node(manifest, each));
  }
  for (const auto& each : manifest.joint_decisions) tree.roots.push_back(joint_node(each));
  auto facts = facts_node(manifest);
  if (!facts.children.empty()) tree.roots.push_back(std::move(facts));
  for (const auto& each : manifest.projections) {
    tree.roots.push_back(projection_node(manifest, each));
  }
  for (const auto& each : manifest.sagas) tree.roots.push_back(saga_node(manifest, each));
  for (const auto& each : manifest.reactions) tree.roots.push_back(reaction_node(manifest, each));
  return Report().add(std::move(list)).add(std::move(tree));
}

Result<Report, Problem> schema_export(const Manifest& manifest, const std::filesystem::path& file) {
  if (is_of_another_kind(file)) {
    return Unexpected(Problem{.code = "schema.would_overwrite",
                              .field = file.string(),
                              .message = "it is there, and is no exported schema",
                              .hint = "name a file that is not there yet"});
  }
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << manifest.descriptor_set;
  out.close();
  if (!out) {
    return Unexpected(Problem{.code = "schema.cannot_write",
                              .field = file.string(),
                              .message = "the file cannot be written",
                              .hint = "name one in a folder that is there and writable"});
  }
  return Report().add(FactList{.name = {},
                               .facts = {{"file", file.string()},
                                         {"application", manifest.application},
                                         {"messages", messages_in(manifest.descriptor_set)},
                                         {"size", Size{manifest.descriptor_set.size()}}}});
}

}  // namespace tidemark::admin
