#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/admin/manifest.hpp"
#include "tidemark/admin/report.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/projection/models.hpp"
#include "tidemark/schema/descriptors.hpp"
#include "tidemark/sql/place.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/engine.hpp"

namespace tidemark::admin {

struct SiteOptions {
  std::filesystem::path directory;  ///< where the application's other files lie
  std::string vfs = {};             ///< SQLite's VFS by name; empty: the system's
  std::filesystem::path log = {};   ///< the log's file; empty: it is none, or not looked at
  std::shared_ptr<sql::Place> read_models = {};  ///< where they lie; null: in the directory
};

/// The files of one application, as reports look at them: the log, its manifest, and what lies
/// beside it. Nothing is written, and the application may be running. One thread at a time.
class Site {
 public:
  /// `store` may be opened for reading only; it and `clock` (real time) must outlive the site.
  Site(store::StoreEngine& store, const Clock& clock, SiteOptions options);

  [[nodiscard]] store::StoreEngine& store() const { return store_; }
  [[nodiscard]] UtcTime now() const { return clock_.now(); }
  /// The time that the application's timers go by: `now`, or how far its input is.
  [[nodiscard]] UtcTime time_of_application() const;
  /// When the newest event was recorded; none in an empty log.
  [[nodiscard]] std::optional<UtcTime> newest_recorded_at() const;
  [[nodiscard]] const std::filesystem::path& directory() const { return options_.directory; }
  [[nodiscard]] const std::filesystem::path& log() const { return options_.log; }
  [[nodiscard]] const std::string& vfs() const { return options_.vfs; }
  /// Empty when the application has not stored one that can be read; `manifest_problem` says why.
  [[nodiscard]] const Manifest& manifest() const { return manifest_; }
  [[nodiscard]] const std::optional<Problem>& manifest_problem() const { return problem_; }

  /// A payload as JSON; what cannot be read says why.
  [[nodiscard]] Value payload(std::string_view type, std::string_view data) const;
  /// The inverse: the payload's bytes. Problems: "schema.unknown_type", "schema.bad_json".
  [[nodiscard]] Result<std::string, Problem> from_json(std::string_view type,
                                                       std::string_view json) const;
  /// The fingerprint of a type's layout today; empty when the manifest does not have the type.
  [[nodiscard]] std::string fingerprint_of(std::string_view type) const;
  /// The name that a stored type has today.
  [[nodiscard]] std::string_view todays_name(std::string_view type) const;
  /// The type that handlers get events of a stored type as: what `upcast` makes of it, too.
  [[nodiscard]] std::string_view read_as(std::string_view type) const;

  /// A file of the directory, or one named by an absolute path, or a read model wherever it lies,
  /// for reading; null when there is none. Throws `Failure` when it cannot be read.
  [[nodiscard]] std::unique_ptr<sql::Database> open(const std::string& file) const;
  /// The same, of the directory and nowhere else, as what it is.
  [[nodiscard]] std::optional<sqlite::Database> open_file(const std::string& file) const;
  /// What is there already, for a person's verbs. Throws `Failure`, also when it is missing.
  [[nodiscard]] std::unique_ptr<sql::Database> open_for_writing(const std::string& file) const;
  /// Where the read models lie.
  [[nodiscard]] projection::ModelFolder models() const {
    return {.folder = options_.directory, .vfs = options_.vfs, .elsewhere = options_.read_models};
  }

 private:
  [[nodiscard]] bool lies_elsewhere(const std::string& file) const;

  store::StoreEngine& store_;
  const Clock& clock_;
  const SiteOptions options_;
  Manifest manifest_;
  std::optional<Problem> problem_;
  std::optional<Descriptors> descriptors_;
};

}  // namespace tidemark::admin
