#include "operations.hpp"

#include "tidemark/admin/feeds.hpp"

namespace tidemark::app {
namespace {

/// A site reads the manifest when it is made. That of the process that executes is the one that
/// stays: others leave theirs where there is none.
store::StoreEngine& with_manifest(store::StoreEngine& store, const admin::Manifest& manifest,
                                  bool executes) {
  if (executes || !admin::load_manifest(store)) admin::store_manifest(store, manifest);
  return store;
}

std::map<std::string, std::string> topics_of(const Wiring& wiring,
                                             const relay::TopicMapOptions& options) {
  const relay::TopicMap map(options);
  std::map<std::string, std::string> topics;
  const auto add = [&](const std::string& category) {
    if (const auto topic = map.topic_of(category)) topics.emplace(category, topic->name);
  };
  for (const auto& aggregate : wiring.parts().aggregates) add(std::string(aggregate->category()));
  for (const auto& [category, rule] : options.rules) add(category);
  return topics;
}

}  // namespace

admin::Manifest manifest_of(const Wiring& wiring, const Catalogue& catalogue,
                            const ManifestOptions& options) {
  const auto& parts = wiring.parts();
  admin::ManifestSource source{
      .application = parts.name,
      .sagas = parts.sagas,
      .catalogue = catalogue,
      .durability = options.durability == store::Durability::full ? "full" : "normal",
      .input_time = options.input_time,
      .directory = options.directory.string(),
      .build = {{"tidemark", TIDEMARK_VERSION}}};
  for (const auto& model : parts.aggregates) source.aggregates.push_back(model.get());
  for (const auto& model : parts.joint_decisions) source.joint_decisions.push_back(model.get());
  for (const auto& part : parts.projections) source.projections.push_back(part.model.get());
  for (const auto& model : parts.reactions) source.reactions.push_back(model.get());
  if (options.publishes) {
    source.topics = topics_of(wiring, options.topics);
    source.topic_prefix = options.topics.prefix;
  }
  return admin::make_manifest(source);
}

OperationsPart::OperationsPart(const Ground& ground, const admin::Manifest& manifest, Duties duties)
    : site_(with_manifest(ground.store, manifest, duties.executes), ground.machine,
            {.directory = ground.directory, .read_models = ground.read_models}),
      operations_(site_, ground.machine, std::move(duties.sagas)) {
  if (!duties.executes) return;
  worker_.emplace(ground.store, operations_, ground.machine,
                  admin::OperationWorkerOptions{.directory = ground.directory});
}

std::vector<feed::FedFile> OperationsPart::feeds() const {
  std::vector<feed::FedFile> feeds;
  for (auto& each : admin::feed_files(site_)) {
    auto open = [this, file = each.file]() -> std::unique_ptr<sql::Database> {
      if (!site_.open(file)) return nullptr;
      return site_.open_for_writing(file);
    };
    feeds.push_back(
        {.feed = std::move(each.name), .file = std::move(each.file), .open = std::move(open)});
  }
  return feeds;
}

}  // namespace tidemark::app
