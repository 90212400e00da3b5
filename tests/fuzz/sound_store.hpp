#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/sqlite/disk_operation.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::fuzz {

inline constexpr const char* sound_file = "store";
inline constexpr std::int64_t sound_start_micros = 1'790'000'000'000'000;

/// A column of one of the tables of a store's files, and how to change it: ?1 a value, ?2 which
/// row.
struct SoundColumn {
  std::string file;
  std::string update;
};

/// An event before anybody hides it.
struct SoundEvent {
  std::string envelope;
  std::string data;
};

/// The files of a small store before anybody damages them.
struct SoundStore {
  sqlite::FileImages closed;
  sqlite::FileImages with_wal;  ///< as a process that was killed leaves them
  std::vector<SoundEvent> events;
  std::vector<SoundColumn> columns;
};

/// Three of them, the same at every call; made at the first: one that only appended, one with all
/// that a file can hold, and one with so many events that it holds subtrees over them.
const std::vector<SoundStore>& sound_stores();

/// The appends of the first two.
const std::vector<store::Append>& sound_appends();

/// An append whose ids follow from `number`.
store::Append new_append(std::uint8_t number);

/// Everything that readers see of an event but its data.
std::string envelope_text(const EventView& event);

}  // namespace tidemark::fuzz
