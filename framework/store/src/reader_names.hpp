#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/sqlite/database.hpp"

namespace tidemark::store {

/// Interned numbers back to names, for one reading connection.
///
/// Names never change, so what is remembered stays right. Types are few and all kept; streams are
/// kept in a fixed number of places, by number, so that it costs no order and stays bounded.
class ReaderNames {
 public:
  explicit ReaderNames(sqlite::Database& database) : database_(database), streams_(stream_places) {}

  /// Good until the next call of the same function.
  std::string_view stream(std::int64_t id);
  std::string_view type(std::int64_t id);

 private:
  static constexpr std::size_t stream_places = 4096;
  static constexpr std::size_t types_max = 1'000'000;
  struct Stream {
    std::int64_t id = 0;
    std::string name;
  };
  [[noreturn]] static void fail(std::int64_t id, std::string_view what);
  [[nodiscard]] std::string look_up(std::string_view sql, std::int64_t id);

  sqlite::Database& database_;
  std::vector<Stream> streams_;
  std::vector<std::string> types_;  ///< by number; empty: not known yet
};

}  // namespace tidemark::store
