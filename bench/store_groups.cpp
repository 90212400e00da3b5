// Many appends at once: blocking appenders, and tickets in flight.
#include <deque>
#include <utility>

#include "bench/our_log.hpp"
#include "bench/raw_group.hpp"
#include "bench/raw_log.hpp"
#include "bench/store_bench.hpp"
#include "bench/threads.hpp"

namespace bench {
namespace {

using Inputs = std::vector<std::vector<Input>>;

/// Events for `threads` threads, each with streams of its own.
Inputs inputs_of(InputMaker& maker, unsigned threads, std::size_t count) {
  Inputs made(threads);
  const auto share = static_cast<std::uint32_t>(stream_count / threads);
  for (unsigned thread = 0; thread < threads; ++thread) {
    for (std::uint32_t at = 0; at < count; ++at) {
      made[thread].push_back(maker.next(thread * share + at * 7 % share));
    }
  }
  return made;
}

/// Blocking appenders of one event each.
void append_by(StoreBench& bench, const std::string& name, unsigned threads) {
  constexpr std::size_t events = 3'200;
  OurLog ours(bench.new_file(name), {});
  RawLog raw({.file = bench.new_file(name + "-raw")});
  RawGroup group(raw);
  InputMaker ours_input(1);
  InputMaker raw_input(1);
  const auto by_us = [&] {
    const auto inputs = inputs_of(ours_input, threads, events / threads);
    const Upkeep upkeep([&] { return ours.store().maintain(); });
    return rate_of(events, [&] {
      in_threads(threads, [&](unsigned thread) {
        for (const auto& input : inputs[thread]) ours.append({&input, 1});
      });
    });
  };
  std::vector<std::int64_t> versions(stream_count);
  const auto by_c = [&] {
    const auto inputs = inputs_of(raw_input, threads, events / threads);
    const Upkeep upkeep([&] { return raw.upkeep(); });
    return rate_of(events, [&] {
      in_threads(threads, [&](unsigned thread) {
        for (const auto& input : inputs[thread]) group.append(input, versions[input.stream]++);
      });
    });
  };
  line(name, compare(bench.rounds, by_us, by_c), "events/s");
}

void append_c16(StoreBench& bench) { append_by(bench, "append_c16", 16); }
void append_c64(StoreBench& bench) { append_by(bench, "append_c64", 64); }

/// Keeps `in_flight` tickets open: waits for the oldest, and hands in the next.
void keep_in_flight(OurLog& log, const std::vector<Input>& inputs, std::size_t in_flight) {
  std::deque<tidemark::store::Ticket> tickets;
  for (const auto& input : inputs) {
    if (tickets.size() == in_flight) {
      stored(tickets.front().wait());
      tickets.pop_front();
    }
    tickets.push_back(log.store().submit(log.append_of({&input, 1})));
  }
  for (auto& ticket : tickets) stored(ticket.wait());
}

void append_inflight64(StoreBench& bench) {
  constexpr unsigned threads = 2;
  constexpr std::size_t in_flight = 64;
  constexpr std::size_t events = 6'400;
  OurLog ours(bench.new_file("inflight64"), {});
  RawLog raw({.file = bench.new_file("inflight64-raw")});
  InputMaker ours_input(1);
  InputMaker raw_input(1);
  const auto by_us = [&] {
    const auto inputs = inputs_of(ours_input, threads, events / threads);
    const Upkeep upkeep([&] { return ours.store().maintain(); });
    return rate_of(events, [&] {
      in_threads(threads, [&](unsigned thread) {
        keep_in_flight(ours, inputs[thread], in_flight / threads);
      });
    });
  };
  const auto by_c = [&] {
    const auto inputs = raw_input.several(events);
    const Upkeep upkeep([&] { return raw.upkeep(); });
    return rate_of(events, [&] {
      const std::span<const Input> all(inputs);
      for (std::size_t at = 0; at < events; at += in_flight) raw.append(all.subspan(at, in_flight));
    });
  };
  line("append_inflight64", compare(bench.rounds, by_us, by_c), "events/s");
}

}  // namespace

std::vector<Case> group_cases() {
  return {{"append_c16", &append_c16},
          {"append_c64", &append_c64},
          {"append_inflight64", &append_inflight64}};
}

}  // namespace bench
