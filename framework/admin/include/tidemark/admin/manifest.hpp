#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/command/aggregate_model.hpp"
#include "tidemark/command/joint_model.hpp"
#include "tidemark/projection/model.hpp"
#include "tidemark/saga/reaction.hpp"
#include "tidemark/saga/saga_model.hpp"
#include "tidemark/schema/catalogue.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::admin {

/// What an application is made of, as it says so itself in its log's file when it starts: all that
/// a tool needs to show its events, rows and sagas without having been compiled with it.
///
/// Types are Protobuf full names.
struct Manifest {
  struct Aggregate {
    std::string category;
    std::vector<std::string> commands, events;
  };
  struct JointDecision {
    std::vector<std::string> categories;  ///< of the aggregates that it is decided on
    std::vector<std::string> commands;
  };
  struct Projection {
    std::string name;
    std::uint32_t version = 1;
    std::string row;               ///< the type of its rows
    std::vector<std::string> key;  ///< names of the row's fields
    std::vector<std::string> events;
    bool windowed = false;
  };
  struct Saga {
    std::string name;
    std::string table_hash;
    std::string data;  ///< the type of its data
    std::vector<saga::StateInfo> states;
    std::vector<saga::RowInfo> rows;
    std::vector<std::string> events, commands;
    std::string mermaid, dot;
  };
  struct Reaction {
    std::string name;
    std::string start;  ///< "everything" or "news"
    std::vector<std::string> events;
    std::vector<std::string> windows;  ///< projections whose closed windows it watches
    std::vector<std::string> commands;
  };
  /// A worker that reads the log, and the file in which it keeps how far it is.
  struct Feed {
    std::string name;  ///< "projection/campaign_minutes", "saga/billing", "reaction/meter"
    std::string file;  ///< relative to the data directory; of a projection's first generation
  };

  std::string application;
  std::string descriptor_set;  ///< google.protobuf.FileDescriptorSet of all types, as bytes
  std::map<std::string, std::string> renamed;  ///< a name that events are stored by → today's
  std::map<std::string, std::string> upcast;   ///< an older type → the one it is read as today
  std::vector<Aggregate> aggregates;           ///< and boundaries
  std::vector<JointDecision> joint_decisions;
  std::vector<Projection> projections;
  std::vector<Saga> sagas;
  std::vector<Reaction> reactions;
  std::vector<Feed> feeds;
  std::map<std::string, std::string> topics;  ///< category → the Kafka topic of its events
  /// What a topic's name begins with, behind which the category follows, where `topics` names none;
  /// none: nothing is published.
  std::optional<std::string> topic_prefix;
  std::string durability;  ///< "full" or "normal", see `store::Durability`
  /// Whether the application's time is that of its input: then `recorded_at` is, too.
  bool input_time = false;
  std::string directory;                     ///< where its files lie, as the application was told
  std::map<std::string, std::string> build;  ///< facts about the program, such as its version
};

/// What a manifest is made from. All of it must live until `make_manifest` returns.
struct ManifestSource {
  std::string application;
  std::vector<const command::AggregateModel*> aggregates = {};
  std::vector<const command::JointModel*> joint_decisions = {};
  std::vector<const projection::ProjectionModel*> projections = {};
  std::vector<const saga::SagaModel*> sagas = {};
  std::vector<const saga::ReactionModel*> reactions = {};
  const Catalogue& catalogue;
  std::map<std::string, std::string> topics = {};
  std::optional<std::string> topic_prefix = {};
  std::string durability = "full";
  bool input_time = false;
  std::string directory = {};
  std::map<std::string, std::string> build = {};
};

/// The topic of a category's events; none when they are not published.
std::optional<std::string> topic_of(const Manifest& manifest, std::string_view category);

/// All event types that something of the application reads or writes, without duplicates, by name.
std::vector<std::string> event_types(const Manifest& manifest);

/// The files are named as the application names them, see `feeds`.
Manifest make_manifest(const ManifestSource& source);

/// As JSON, in one line; `decode_manifest` reads what any version up to this one wrote. Problems:
/// "manifest.bad_json", "manifest.newer", "manifest.bad_field".
std::string encode_manifest(const Manifest& manifest);
Result<Manifest, Problem> decode_manifest(std::string_view text);

/// Keeps it in the log's file, if it is not the one that is there. Called by the application when
/// it starts. Throws `Failure` "store.*".
void store_manifest(store::EventStore& store, const Manifest& manifest);
/// The one in the log's file. Problems: those of `decode_manifest`, and "manifest.missing" when no
/// application has stored one.
Result<Manifest, Problem> load_manifest(store::EventStore& store);

}  // namespace tidemark::admin
