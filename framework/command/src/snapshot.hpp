#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tidemark/base/position.hpp"

namespace tidemark::command {

/// A state as it was at one version, kept in the log's file as the property "snapshot:<stream>".
struct Snapshot {
  std::string key;  ///< of the layout that wrote it, see `AggregateModel::snapshot_key`
  StreamVersion version;
  std::string state;
};

/// Version as decimal digits, a space, the key, a space, then the state's bytes.
std::string encode_snapshot(const Snapshot& snapshot);
std::optional<Snapshot> decode_snapshot(std::string_view bytes);

}  // namespace tidemark::command
