#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/time.hpp"
#include "tidemark/sql/database.hpp"
#include "tidemark/sql/place.hpp"

namespace tidemark::projection {

enum class GenerationState : std::uint8_t {
  filling,   ///< being built: nobody reads it
  live,      ///< the one that answers
  previous,  ///< was live, is kept current for a rollback
  retired,   ///< given up: its file is removed, its name is never used again
};

/// "filling", "live", "previous" or "retired".
std::string_view to_string(GenerationState state);

/// One build of a read model.
struct Generation {
  std::string projection;
  std::uint32_t version = 1;
  std::uint64_t number = 1;  ///< from 1, per projection, never again
  std::string file;          ///< "name.v<version>.g<number>.db": its database in the place
  GenerationState state = GenerationState::filling;
  bool strict = false;  ///< poison stops its building
  /// From topics: it may hold less than the live one, when retention has cut what that one holds.
  bool accepts_cut = false;
  UtcTime created_at;
  std::string reason;   ///< why it was begun, or why it was given up
  std::string problem;  ///< why its building stopped; empty when it did not
};

/// Where read models lie: in a folder, a SQLite file each, unless another place is named.
struct ModelFolder {
  std::filesystem::path folder;
  std::string vfs = {};  ///< SQLite's VFS; empty: the system's, with locks and links
  Micros busy_timeout = std::chrono::seconds(5);
  std::shared_ptr<sql::Place> elsewhere = {};  ///< shared by all that look there

  [[nodiscard]] std::shared_ptr<sql::Place> place() const;
  /// The database of that file name, or "models.db".
  [[nodiscard]] std::unique_ptr<sql::Database> open(const std::string& file,
                                                    sql::OpenMode mode) const {
    return place()->open(file, mode);
  }
};

/// Which generation of each read model is live, and which others there are: the database
/// "models.db".
///
/// Changes are small transactions and survive a crash at any point. One thread at a time; several
/// objects, also of several processes, may be open on one place.
class Models {
 public:
  /// Makes it when it is missing and `mode` allows it.
  explicit Models(ModelFolder folder, sql::OpenMode mode = sql::OpenMode::create);

  /// All generations, by projection and number; of one projection when it is named.
  [[nodiscard]] std::vector<Generation> list(const std::string& projection = {}) const;
  /// The newest generation in that state.
  [[nodiscard]] std::optional<Generation> find(const std::string& projection,
                                               GenerationState state) const;
  [[nodiscard]] std::optional<Generation> live(const std::string& projection) const {
    return find(projection, GenerationState::live);
  }

  /// A new generation in state `filling`, with the next number; number and file are filled in.
  Generation add(Generation generation);
  /// Makes a generation live in one row; the live one becomes `previous`, and what was `previous`
  /// is retired.
  void swap(const Generation& to);
  void set_state(const Generation& generation, GenerationState state, const std::string& reason);
  void set_problem(const Generation& generation, const std::string& problem);

  /// Changes when another connection changed something.
  [[nodiscard]] std::int64_t data_version() { return file_->data_version(); }
  [[nodiscard]] const ModelFolder& folder() const { return folder_; }

 private:
  const ModelFolder folder_;
  std::unique_ptr<sql::Database> file_;
};

}  // namespace tidemark::projection
