#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "bench/event_input.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace bench {

/// A store that is measured, and the versions that its writers believe in: streams belong to one
/// thread at a time each.
class OurLog {
 public:
  /// How a log is opened.
  struct Options {
    tidemark::store::Durability durability = tidemark::store::Durability::full;
    /// Appends have ids of their own; otherwise that of their first event, as commands without a
    /// key have.
    bool own_append_ids = false;
    bool side_store = true;
    bool tagged = false;  ///< each event has two tags
  };
  OurLog(const std::filesystem::path& file, const Options& options);

  [[nodiscard]] tidemark::store::SqliteStore& store() { return *store_; }

  /// As a user writes it: everything from the bytes on, one stream, its version checked.
  tidemark::store::Append append_of(std::span<const Input> inputs);
  /// The same for events of many streams.
  tidemark::store::Append append_of_many(std::span<const Input> inputs);

  /// Appends and waits; throws when that is refused.
  void append(std::span<const Input> inputs);
  /// Those stored already would be left out.
  void import(std::span<const Input> inputs);

 private:
  tidemark::SystemClock clock_;
  tidemark::SeededRandom random_{1};
  std::unique_ptr<tidemark::store::SqliteStore> store_;
  bool own_append_ids_;
  bool tagged_;
  std::vector<std::uint64_t> versions_;
};

/// What an application hands in; `tagged`: with two tags, one that all events of the stream have
/// and one of a hundred.
tidemark::NewEvent event_of(const Input& input, bool tagged = false);

/// Throws unless it was stored.
const tidemark::store::Appended& stored(
    const tidemark::Result<tidemark::store::Appended, tidemark::store::AppendError>& result);

}  // namespace bench
