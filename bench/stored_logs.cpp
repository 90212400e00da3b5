#include "bench/stored_logs.hpp"

#include <system_error>
#include <vector>

#include "bench/threads.hpp"

namespace bench {

namespace {

/// A turn of all streams writes a page of each in the index of streams: eight of them share it.
constexpr std::size_t turns_per_commit = 8;

}  // namespace

void fill(OurLog& log, InputMaker& maker, std::uint64_t count) {
  const Upkeep upkeep([&] { return log.store().maintain(); });
  std::vector<tidemark::store::Ticket> tickets;
  for (std::uint64_t done = 0; done < count; done += stream_count) {
    tickets.push_back(log.store().submit(log.append_of_many(maker.one_of_each_stream())));
    if (tickets.size() < turns_per_commit && done + stream_count < count) continue;
    for (auto& ticket : tickets) stored(ticket.wait());
    tickets.clear();
  }
}

std::uint64_t bytes_of(const std::filesystem::path& file) {
  std::uint64_t bytes = 0;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(file.string() + suffix, missing);
    if (!missing) bytes += size;
  }
  return bytes;
}

StoredLogs::StoredLogs(StoreBench& bench)
    : our_file_(bench.new_file("stored")),
      raw_file_(bench.new_file("stored-raw")),
      events_(bench.events_to_read() / stream_count * stream_count) {
  OurLog ours(our_file_, {.durability = tidemark::store::Durability::normal});
  InputMaker maker(1);
  fill(ours, maker, events_);
  while (ours.store().facts(false).side < ours.store().high_water()) ours.store().maintain();
  RawLog raw({.file = raw_file_, .synced = false});
  InputMaker raw_maker(1);
  const Upkeep upkeep([&] { return raw.upkeep(); });
  std::vector<Input> inputs;
  for (std::uint64_t done = 0; done < events_; done += stream_count) {
    const auto turn = raw_maker.one_of_each_stream();
    inputs.insert(inputs.end(), turn.begin(), turn.end());
    if (inputs.size() < turns_per_commit * stream_count && done + stream_count < events_) continue;
    raw.append(inputs);
    inputs.clear();
  }
}

StoredLogs& StoreBench::logs() {
  if (!made_logs) made_logs = std::make_shared<StoredLogs>(*this);
  return *made_logs;
}

}  // namespace bench
