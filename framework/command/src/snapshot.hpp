#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tidemark/base/position.hpp"
#include "tidemark/store/origin.hpp"

namespace tidemark::command {

/// A state as it was at one version, kept in the log's file as the property "snapshot:<stream>".
struct Snapshot {
  std::string key;  ///< of the layout that wrote it, see `AggregateModel::snapshot_key`
  StreamVersion version;
  store::Origin origin;     ///< of the last event folded: says whether the log still has it
  std::uint64_t skips = 0;  ///< see `store::StreamState`
  std::string state;
};

/// The bytes of a `v1::Snapshot`.
std::string encode_snapshot(const Snapshot& snapshot);
/// None for bytes that are damaged or of an older form.
std::optional<Snapshot> decode_snapshot(std::string_view bytes);

}  // namespace tidemark::command
