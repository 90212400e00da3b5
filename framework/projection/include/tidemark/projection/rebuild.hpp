#pragma once

#include <optional>
#include <string>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/projection/models.hpp"

namespace tidemark::projection {

enum class RebuildVerb : std::uint8_t { start, cancel, retry, rollback, retire };

/// Whether a verb of `Rebuild` could be done now: the build that it would begin from, give up or
/// make live, or the problem that it would answer with. Changes nothing.
Result<Generation, Problem> check_rebuild(const Models& models, const std::string& projection,
                                          RebuildVerb verb);

/// A person's verbs on the builds of read models. Each is one small transaction on "models.db",
/// from any process; the projection's worker sees it at its next step and does the work.
///
/// Problems: "projection.unknown", "projection.rebuild_running", "projection.no_rebuild",
/// "projection.no_previous", "projection.old_version".
class Rebuild {
 public:
  Rebuild(ModelFolder folder, const Clock& clock) : models_(std::move(folder)), clock_(clock) {}

  /// Begins to build the model anew beside the live one; when it has caught up it becomes live. The
  /// old one is kept current until `retire`. `accepts_cut`: from topics, also when retention has
  /// cut what the live one holds; without it such a build stops, "projection.retention_cut".
  Result<Generation, Problem> start(const std::string& projection, const std::string& reason,
                                    bool accepts_cut = false);
  /// Gives the build under way up. The live model is not touched.
  Result<Generation, Problem> cancel(const std::string& projection, const std::string& reason);
  /// Lets a build that stopped at a poison event try it again.
  Result<Generation, Problem> retry(const std::string& projection);
  /// Makes the previous generation live again, at once.
  Result<Generation, Problem> rollback(const std::string& projection, const std::string& reason);
  /// Gives the previous generation up for good.
  Result<Generation, Problem> retire(const std::string& projection, const std::string& reason);

 private:
  Models models_;
  const Clock& clock_;
};

/// How far a build is.
struct RebuildProgress {
  Generation generation;
  std::uint64_t done = 0;  ///< in the unit of `tail`: positions, or records
  std::uint64_t tail = 0;
  std::uint64_t events_per_second = 0;  ///< since the process took it up
  std::optional<Micros> remaining;      ///< at that rate; none when there is no rate yet

  [[nodiscard]] std::uint32_t percent() const;
};

}  // namespace tidemark::projection
