#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tidemark/store/engine.hpp"

namespace tidemark::store {

/// What a program with many threads appends, so that another one can check it afterwards: the body
/// of each append follows from its number.
struct WriterPlan {
  std::uint64_t first = 1;  ///< number of the first append; its threads take turns behind it
  std::uint64_t threads = 16;
  std::uint64_t appends = 0;  ///< of each thread; 0: without end
  /// So many appends, numbered from 1, that every thread hands in, as every other writer does.
  std::uint64_t common = 0;
  /// So many seats for which every thread claims each, if nobody has it.
  std::uint64_t seats = 0;
  /// Meanwhile another thread archives all it can, so many events to a cold file; 0: none does.
  std::uint64_t archive_events = 0;
  std::vector<std::uint64_t> again = {};  ///< handed in before all others: what became of them?
};

/// The append with that number. Where it depends on the state of a stream, the writer says so.
Append append_numbered(std::uint64_t number);
/// Whether its writer asks first for the version of its first stream.
bool is_exact(std::uint64_t number);
/// The claim to a seat: refused when another event has its tag.
std::uint64_t claim_number(std::uint64_t claimant, std::uint64_t seat);
/// The append and the place in it that an event id of such an append names.
struct WorkEvent {
  std::uint64_t number = 0;
  std::uint64_t at = 0;
};
WorkEvent work_event(const EventId& id);

/// Carries the plan out and returns when all of it is done. `report` gets a line before each append
/// and one after it, "begin NUMBER", "done NUMBER FIRST LAST" or "refused NUMBER"; it is called
/// from all threads.
void write_all(StoreEngine& store, const WriterPlan& plan,
               const std::function<void(const std::string& line)>& report);

/// The plan as arguments of the program `store_writer`, and back.
std::vector<std::string> arguments_of(const WriterPlan& plan);
WriterPlan plan_of(const std::vector<std::string>& arguments);

}  // namespace tidemark::store
