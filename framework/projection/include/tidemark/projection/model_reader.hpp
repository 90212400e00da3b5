#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tidemark/base/position.hpp"
#include "tidemark/projection/models.hpp"

namespace tidemark::projection {

/// One value of an answer: NULL, whole number, real, text, or bytes.
struct Bytes {
  std::string bytes;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};
using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string, Bytes>;

/// What a query found, and in which state of the model.
struct Answer {
  std::uint64_t generation = 0;
  Position position;  ///< the rows are the fold of all events up to here
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
  bool more = false;  ///< there were more rows than the limit
};

/// Asks read models, each time the generation that is live at that moment; so it never sees one
/// that is being built, and a swap comes between two questions.
///
/// Opens them for reading only. One thread at a time.
class ModelReader {
 public:
  explicit ModelReader(ModelFolder folder);

  /// Runs one SELECT over the live read model of `projection`. `parameters` are ?1, ?2, …
  ///
  /// Throws `Failure` "projection.not_ready" (retryable: its first build is not done),
  /// "projection.not_a_query" for anything that could write, and what SQLite says of bad SQL as
  /// "projection.error".
  Answer query(const std::string& projection, const std::string& sql,
               const std::vector<Value>& parameters = {}, std::uint64_t limit = 1000);

  /// The live generation and the position it is at, without a query; none before its first build
  /// is done.
  std::optional<Answer> where(const std::string& projection);

  /// Runs `work` on the connection to the live file, which may only be read.
  template <typename Work>
  auto with_live(const std::string& projection, Work&& work) {
    return std::forward<Work>(work)(live_file(projection));
  }

 private:
  struct Open {
    std::uint64_t generation = 0;
    std::unique_ptr<sql::Database> file;
  };
  sql::Database& live_file(const std::string& projection);
  Models& models(const std::string& projection);

  const ModelFolder folder_;
  std::optional<Models> models_;  ///< opened when there is one
  std::map<std::string, Open, std::less<>> open_;
};

}  // namespace tidemark::projection
