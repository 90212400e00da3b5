#pragma once

#include <string>
#include <string_view>

#include "tidemark/schema/envelope.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::store {

/// Appends to `out` everything of an event but its data, in the encoding that the hash chain covers
/// (`docs/reference/formats/store-file.md`). A part of the file format: it never changes.
void encode_envelope(const EventView& event, std::string& out);

/// The hash at an event with this envelope, whose data have this digest (BLAKE2b-256), after
/// `previous`.
ChainHash chain_link(const ChainHash& previous, std::string_view envelope,
                     const ChainHash& data_digest);

/// Computes the hash chain of a log. Keeps a buffer, so that an event costs no allocation.
class Chain {
 public:
  /// As `chain_link`.
  ChainHash next(const ChainHash& previous, const EventView& event, const ChainHash& data_digest);

 private:
  std::string envelope_;
};

}  // namespace tidemark::store
