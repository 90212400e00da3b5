#pragma once

#include <cstdint>
#include <optional>

#include "tidemark/store/append.hpp"
#include "tidemark/store/import.hpp"
#include "tidemark/store/life_cycle.hpp"

namespace tidemark::store {

/// What one append may hold. The first two are settable, the others part of the contract.
struct Limits {
  std::uint64_t events_max = 4096;
  std::uint64_t data_size_max = 900 * 1024;
  static constexpr std::uint64_t streams_max = 1024;
  static constexpr std::uint64_t append_size_max = 64ULL << 20;  ///< data of all its events
  static constexpr std::uint64_t name_size_max =
      255;  ///< type, correlation, causation, trace, tenant
  static constexpr std::uint64_t extra_size_max = 64 * 1024;  ///< headers and tags, encoded
  static constexpr std::uint64_t tags_max = 64;               ///< of one event
  static constexpr std::uint64_t criteria_max = 64;           ///< of one condition or read
  static constexpr std::uint64_t criterion_tags_max = 16;
  static constexpr std::uint64_t criterion_types_max = 64;
  static constexpr std::uint64_t read_types_max = 1024;         ///< of one read
  static constexpr std::uint64_t consumer_name_size_max = 200;  ///< at least 1
};

/// The first limit that `append` breaks, if any. An append that names a stream twice, or that
/// neither adds, checks nor answers anything, is a programming error.
std::optional<LimitExceeded> exceeded(const Append& append, const Limits& limits);
std::optional<LimitExceeded> exceeded(const Import& import, const Limits& limits);
/// The same of what a read or a condition asks for.
std::optional<LimitExceeded> exceeded(const std::vector<Criterion>& criteria);

/// Throws `Failure` "store.limit" for a read that asks for more than an engine looks for at once.
void check_limits(const ReadQuery& query);
/// Throws `Failure` "store.limit" when one has no name, or one that is too long, "store.not_text"
/// when it is no text.
void check_limits(const std::vector<Consumer>& consumers);

}  // namespace tidemark::store
