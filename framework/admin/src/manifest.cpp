#include "tidemark/admin/manifest.hpp"

#include <fmt/format.h>
#include <tidemark/admin/operations.pb.h>
#include <tidemark/options.pb.h>
#include <tidemark/saga/window.pb.h>

#include <set>

#include "tidemark/command/delayed_journal.hpp"
#include "tidemark/saga/delayed_index.hpp"
#include "tidemark/saga/saga_index.hpp"
#include "tidemark/schema/descriptors.hpp"

namespace tidemark::admin {
namespace {

using google::protobuf::Descriptor;

constexpr const char* property = "manifest";

std::vector<std::string> names_of(const std::vector<const Descriptor*>& types) {
  std::vector<std::string> names;
  names.reserve(types.size());
  for (const auto* type : types) names.push_back(type->full_name());
  return names;
}

Manifest::Aggregate make_aggregate(const command::AggregateModel& model) {
  Manifest::Aggregate aggregate{.category = std::string(model.category()),
                                .events = names_of(model.events())};
  for (const auto& command : model.commands()) {
    aggregate.commands.push_back(command.type->full_name());
  }
  return aggregate;
}

Manifest::JointDecision make_joint_decision(const command::JointModel& model) {
  Manifest::JointDecision joint;
  for (const auto& each : model.aggregates()) joint.categories.emplace_back(each->category());
  for (const auto& command : model.commands()) joint.commands.push_back(command.type->full_name());
  return joint;
}

Manifest::Projection make_projection(const projection::ProjectionFacts& facts) {
  Manifest::Projection made{.name = facts.name,
                            .version = facts.version,
                            .row = facts.row->GetDescriptor()->full_name(),
                            .events = names_of(facts.events),
                            .windowed = facts.windowed};
  for (const auto* field : facts.key) made.key.push_back(field->name());
  return made;
}

Manifest::Saga make_saga(const saga::SagaModel& model) {
  return {.name = std::string(model.spec().name),
          .table_hash = model.table_hash(),
          .data = model.data_type().full_name(),
          .states = model.states(),
          .rows = model.rows(),
          .events = names_of(model.events()),
          .commands = names_of(model.commands()),
          .mermaid = saga::mermaid(model),
          .dot = saga::dot(model)};
}

Manifest::Reaction make_reaction(const saga::ReactionModel& model) {
  return {.name = std::string(model.spec().name),
          .start = model.spec().start == ReactTo::news ? "news" : "everything",
          .events = names_of(model.events()),
          .windows = model.windows(),
          .commands = names_of(model.commands())};
}

std::vector<Manifest::Feed> make_feeds(const Manifest& manifest) {
  std::vector<Manifest::Feed> feeds;
  feeds.reserve(manifest.projections.size());
  for (const auto& projection : manifest.projections) {
    feeds.push_back({.name = "projection/" + projection.name,
                     .file = fmt::format("{}.v{}.g1.db", projection.name, projection.version)});
  }
  if (!manifest.sagas.empty()) feeds.push_back({.name = "index/sagas", .file = "sagas.v1.db"});
  for (const auto& saga : manifest.sagas) {
    feeds.push_back({.name = "saga/" + saga.name, .file = fmt::format("saga.{}.db", saga.name)});
  }
  for (const auto& reaction : manifest.reactions) {
    if (!reaction.events.empty()) {
      feeds.push_back({.name = "reaction/" + reaction.name,
                       .file = fmt::format("reaction.{}.db", reaction.name)});
    }
    for (const auto& watched : reaction.windows) {
      feeds.push_back({.name = fmt::format("reaction/{}/{}", reaction.name, watched),
                       .file = fmt::format("reaction.{}.{}.db", reaction.name, watched)});
    }
  }
  feeds.push_back({.name = "index/delayed", .file = saga::delayed_index_file});
  return feeds;
}

/// Every type that may be shown: what is stored, sent, kept as rows or as a saga's data.
std::vector<const Descriptor*> types_of(const ManifestSource& source) {
  auto types = source.catalogue.types();
  const auto add = [&](const std::vector<const Descriptor*>& more) {
    types.insert(types.end(), more.begin(), more.end());
  };
  for (const auto* aggregate : source.aggregates) {
    add(aggregate->events());
    for (const auto& command : aggregate->commands()) types.push_back(command.type);
  }
  for (const auto* joint : source.joint_decisions) {
    for (const auto& command : joint->commands()) types.push_back(command.type);
  }
  for (const auto* projection : source.projections) {
    types.push_back(projection->facts().row->GetDescriptor());
  }
  for (const auto* saga : source.sagas) {
    types.push_back(&saga->data_type());
    add(saga->commands());
  }
  for (const auto* reaction : source.reactions) add(reaction->commands());
  add(saga::journal_types());
  add(command::delayed_types());
  types.push_back(saga::v1::WindowClosed::descriptor());
  types.push_back(v1::OperationRequested::descriptor());
  return types;
}

std::map<std::string, std::string> renamed_in(const Catalogue& catalogue) {
  std::map<std::string, std::string> renamed;
  for (const auto* type : catalogue.types()) {
    const auto& options = type->options();
    for (int i = 0; i < options.ExtensionSize(tidemark::formerly); ++i) {
      renamed.emplace(options.GetExtension(tidemark::formerly, i), type->full_name());
    }
  }
  return renamed;
}

std::map<std::string, std::string> upcast_in(const Catalogue& catalogue) {
  std::map<std::string, std::string> upcast;
  for (const auto* type : catalogue.types()) {
    const auto current = catalogue.current_name(type->full_name());
    if (current && *current != type->full_name()) upcast.emplace(type->full_name(), *current);
  }
  return upcast;
}

}  // namespace

std::optional<std::string> topic_of(const Manifest& manifest, std::string_view category) {
  const auto named = manifest.topics.find(std::string(category));
  if (named != manifest.topics.end()) return named->second;
  // The framework's own records stay in the log.
  const bool own = category.starts_with('$') || category.starts_with(saga::journal_prefix);
  if (own || !manifest.topic_prefix) return std::nullopt;
  return fmt::format("{}{}", *manifest.topic_prefix, category);
}

std::vector<std::string> event_types(const Manifest& manifest) {
  std::set<std::string> types;
  const auto add = [&](const auto& parts) {
    for (const auto& part : parts) types.insert(part.events.begin(), part.events.end());
  };
  add(manifest.aggregates);
  add(manifest.projections);
  add(manifest.sagas);
  add(manifest.reactions);
  return {types.begin(), types.end()};
}

Manifest make_manifest(const ManifestSource& source) {
  Manifest manifest{.application = source.application,
                    .descriptor_set = descriptor_set(types_of(source)),
                    .renamed = renamed_in(source.catalogue),
                    .upcast = upcast_in(source.catalogue),
                    .topics = source.topics,
                    .topic_prefix = source.topic_prefix,
                    .durability = source.durability,
                    .input_time = source.input_time,
                    .directory = source.directory,
                    .build = source.build};
  for (const auto* model : source.aggregates) manifest.aggregates.push_back(make_aggregate(*model));
  for (const auto* model : source.joint_decisions) {
    manifest.joint_decisions.push_back(make_joint_decision(*model));
  }
  for (const auto* model : source.projections) {
    manifest.projections.push_back(make_projection(model->facts()));
  }
  for (const auto* model : source.sagas) manifest.sagas.push_back(make_saga(*model));
  for (const auto* model : source.reactions) manifest.reactions.push_back(make_reaction(*model));
  manifest.feeds = make_feeds(manifest);
  return manifest;
}

void store_manifest(store::EventStore& store, const Manifest& manifest) {
  const auto text = encode_manifest(manifest);
  if (store.property(property) != text) store.set_property(property, text);
}

Result<Manifest, Problem> load_manifest(store::EventStore& store) {
  const auto text = store.property(property);
  if (text) return decode_manifest(*text);
  return Unexpected(Problem{.code = "manifest.missing",
                            .field = {},
                            .message = "no application has said what it is made of",
                            .hint = "start the application on this file once"});
}

}  // namespace tidemark::admin
