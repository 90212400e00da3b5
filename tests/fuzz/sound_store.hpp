#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/sqlite/disk_operation.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::fuzz {

inline constexpr const char* sound_file = "store";
inline constexpr std::int64_t sound_start_micros = 1'790'000'000'000'000;

/// A column of one of the store's tables, and how to change it: ?1 a value, ?2 which row.
struct SoundColumn {
  std::string update;
};

/// A small store before anybody damages it.
struct SoundStore {
  sqlite::FileImages closed;    ///< one file
  sqlite::FileImages with_wal;  ///< as a process that was killed leaves it
  std::vector<store::Append> appends;
  std::vector<std::string> events;  ///< as texts, in the order of the log
  std::vector<SoundColumn> columns;
};

/// The same at every call; made at the first.
const SoundStore& sound_store();

/// An append whose ids follow from `number`.
store::Append new_append(std::uint8_t number);

/// Everything that readers see of an event.
std::string as_text(const EventView& event);

}  // namespace tidemark::fuzz
