#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tidemark/admin/manifest.hpp"
#include "tidemark/schema/descriptors.hpp"
#include "tidemark/security/base64.hpp"

// Found by the library's lookup: it looks where the types are.
namespace tidemark::saga {

static void to_json(nlohmann::json& json, const StateInfo& state) {
  json = {{"name", state.name}, {"final", state.final}};
}
static void from_json(const nlohmann::json& json, StateInfo& state) {
  json.at("name").get_to(state.name);
  json.at("final").get_to(state.final);
}

static void to_json(nlohmann::json& json, const RowInfo& row) {
  json = {{"name", row.name},
          {"from", row.from},
          {"input", row.input},
          {"to", row.to},
          {"guarded", row.guarded},
          {"undoable", row.undoable},
          {"compensates", row.compensates}};
  if (row.after_seconds) json["after_seconds"] = *row.after_seconds;
}
static void from_json(const nlohmann::json& json, RowInfo& row) {
  json.at("name").get_to(row.name);
  json.at("from").get_to(row.from);
  json.at("input").get_to(row.input);
  json.at("to").get_to(row.to);
  json.at("guarded").get_to(row.guarded);
  json.at("undoable").get_to(row.undoable);
  json.at("compensates").get_to(row.compensates);
  if (json.contains("after_seconds")) {
    row.after_seconds = json.at("after_seconds").get<std::int64_t>();
  }
}

}  // namespace tidemark::saga

namespace tidemark::admin {

using Document = nlohmann::json;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Manifest::Aggregate, category, commands, events)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Manifest::JointDecision, categories, commands)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Manifest::Projection, name, version, row, key, events, windowed)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Manifest::Saga, name, table_hash, data, states, rows, events,
                                   commands, mermaid, dot)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Manifest::Reaction, name, start, events, windows, commands)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Manifest::Feed, name, file)

namespace {

constexpr int version = 1;

Problem bad_field(std::string field, std::string message) {
  return {.code = "manifest.bad_field",
          .field = std::move(field),
          .message = std::move(message),
          .hint = "start the application on this file: it writes a new manifest"};
}

Manifest read(const Document& json) {
  Manifest manifest;
  json.at("application").get_to(manifest.application);
  json.at("renamed").get_to(manifest.renamed);
  if (json.contains("upcast")) json.at("upcast").get_to(manifest.upcast);
  json.at("aggregates").get_to(manifest.aggregates);
  if (json.contains("joint_decisions")) {
    json.at("joint_decisions").get_to(manifest.joint_decisions);
  }
  json.at("projections").get_to(manifest.projections);
  json.at("sagas").get_to(manifest.sagas);
  json.at("reactions").get_to(manifest.reactions);
  json.at("feeds").get_to(manifest.feeds);
  json.at("topics").get_to(manifest.topics);
  const auto& prefix = json.at("topic_prefix");
  if (!prefix.is_null()) manifest.topic_prefix = prefix.get<std::string>();
  json.at("durability").get_to(manifest.durability);
  json.at("input_time").get_to(manifest.input_time);
  json.at("directory").get_to(manifest.directory);
  json.at("build").get_to(manifest.build);
  return manifest;
}

/// A file is one of the data directory's own: a manifest must not lead elsewhere.
bool is_plain_name(const std::string& file) {
  return !file.empty() && file.find('/') == std::string::npos && file != "." && file != "..";
}

std::optional<Problem> check(const Manifest& manifest) {
  for (const auto& feed : manifest.feeds) {
    if (!is_plain_name(feed.file)) {
      return bad_field("feeds", fmt::format("'{}' is no file name", feed.file));
    }
  }
  for (const auto& saga : manifest.sagas) {
    if (saga.states.empty()) return bad_field("sagas", saga.name + " has no states");
  }
  return std::nullopt;
}

std::optional<Problem> take_descriptors(const Document& json, Manifest& manifest) {
  const auto bytes = security::from_base64(json.at("descriptor_set").get_ref<const std::string&>());
  if (!bytes) return bad_field("descriptor_set", "is no base64");
  try {
    const Descriptors descriptors(*bytes);
  } catch (const Failure& failure) {
    return bad_field("descriptor_set", failure.message());
  }
  manifest.descriptor_set = *bytes;
  return std::nullopt;
}

}  // namespace

std::string encode_manifest(const Manifest& manifest) {
  Document json{{"manifest", version},
                {"application", manifest.application},
                {"build", manifest.build},
                {"directory", manifest.directory},
                {"input_time", manifest.input_time},
                {"aggregates", manifest.aggregates},
                {"joint_decisions", manifest.joint_decisions},
                {"projections", manifest.projections},
                {"sagas", manifest.sagas},
                {"reactions", manifest.reactions},
                {"feeds", manifest.feeds},
                {"topics", manifest.topics},
                {"topic_prefix", nullptr},
                {"durability", manifest.durability},
                {"renamed", manifest.renamed},
                {"upcast", manifest.upcast},
                {"descriptor_set", security::to_base64(manifest.descriptor_set)}};
  if (manifest.topic_prefix) json["topic_prefix"] = *manifest.topic_prefix;
  return json.dump(-1, ' ', false, Document::error_handler_t::replace);
}

Result<Manifest, Problem> decode_manifest(std::string_view text) {
  const auto json = Document::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    return Unexpected(Problem{.code = "manifest.bad_json",
                              .field = {},
                              .message = "the manifest is no JSON object",
                              .hint = "start the application on this file: it writes a new one"});
  }
  try {
    if (json.at("manifest").get<int>() > version) {
      return Unexpected(Problem{.code = "manifest.newer",
                                .field = "manifest",
                                .message = "a later version of the application wrote it",
                                .hint = "use the tool of that version"});
    }
    auto manifest = read(json);
    if (auto problem = check(manifest)) return Unexpected(*std::move(problem));
    if (auto problem = take_descriptors(json, manifest)) return Unexpected(*std::move(problem));
    return manifest;
  } catch (const nlohmann::json::exception& error) {
    return Unexpected(bad_field({}, error.what()));
  }
}

}  // namespace tidemark::admin
