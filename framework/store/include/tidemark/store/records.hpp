#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tidemark/store/read.hpp"
#include "tidemark/store/replica.hpp"

namespace tidemark::store {

/// A layout of a type, as its record tells it.
struct SchemaRecord {
  std::string type;
  std::uint32_t schema = 0;
  std::string fingerprint;
};
/// Throws `Failure` "store.bad_record".
SchemaRecord read_schema(const Record& record);

/// What was done to a stream, as its record tells it, and who did the last of it and why.
struct LifeRecord {
  bool gone = false;  ///< deleted for ever
  StreamVersion deleted_through;
  StreamVersion truncated_before;
  std::string who, reason;
  UtcTime changed_at;
};
/// That of one stream; none when there is none, or when it lies behind so many of streams with
/// almost the same name that it takes long to find. Bounded.
std::optional<LifeRecord> find_life(Replica& store, const StreamId& stream);

}  // namespace tidemark::store
