#pragma once

#include <optional>
#include <vector>

#include "tidemark/admin/manifest.hpp"
#include "tidemark/admin/operation_worker.hpp"
#include "tidemark/admin/operations.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/app/assembly.hpp"
#include "tidemark/app/wiring.hpp"
#include "tidemark/feed/dead_letters.hpp"

namespace tidemark::app {

/// What of an application is no part of its wiring.
struct ManifestOptions {
  relay::TopicMapOptions topics = {};
  bool publishes = false;
  bool input_time = false;
  store::Durability durability = store::Durability::full;
  std::filesystem::path directory = {};
};

/// What a tool must know of the application to show its events, rows and sagas.
admin::Manifest manifest_of(const Wiring& wiring, const Catalogue& catalogue,
                            const ManifestOptions& options);

/// An application's side of the operator's tool: leaves the manifest in the log's file, and has a
/// worker that carries out what is asked for there.
class OperationsPart {
 public:
  struct Duties {
    std::vector<saga::Coordinator*> sagas;
    bool executes = true;  ///< false: another process does, and leaves the manifest
  };
  /// All references must outlive it.
  OperationsPart(const Ground& ground, const admin::Manifest& manifest, Duties duties);

  /// Null when another process executes.
  [[nodiscard]] runtime::Worker* worker() { return worker_ ? &*worker_ : nullptr; }
  /// The files of all feeds that are there now. Safe from any thread.
  [[nodiscard]] std::vector<feed::FedFile> feeds() const;

 private:
  const admin::Site site_;
  admin::Operations operations_;
  std::optional<admin::OperationWorker> worker_;
};

}  // namespace tidemark::app
