#pragma once

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/base/clock.hpp"

/// What the benchmarks share: time, and how results are printed.
namespace bench {

/// Seconds that passed, and seconds of them that this process had a processor, system calls too.
struct Seconds {
  double passed = 0;
  double processor = 0;
};

class Stopwatch {
 public:
  Stopwatch() : passed_(clock_.monotonic()), processor_(processor()) {}
  [[nodiscard]] Seconds seconds() const {
    const std::chrono::duration<double> passed = clock_.monotonic() - passed_;
    return {.passed = passed.count(), .processor = processor() - processor_};
  }

 private:
  static double processor() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }

  tidemark::SystemClock clock_;
  tidemark::Micros passed_;
  double processor_;
};

/// The value that a share of `values` is not above: 0.5 for the median. 0 of none.
inline double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto last = static_cast<double>(values.size() - 1);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(last * share + 0.5);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}
inline double median(std::vector<double> values) { return percentile(std::move(values), 0.5); }

/// The same work as we do it and as it is done without us.
struct Compared {
  double ours = 0;
  double raw = 0;
};

/// Medians of `rounds` figures of each side, which take turns, and turns at being first: what else
/// the machine has to do meets both. One round before them is not counted.
inline Compared compare(unsigned rounds, const std::function<double()>& ours,
                        const std::function<double()>& raw) {
  std::vector<double> of_ours;
  std::vector<double> of_raw;
  ours();
  raw();
  for (unsigned round = 0; round < rounds; ++round) {
    if (round % 2 == 0) of_ours.push_back(ours());
    of_raw.push_back(raw());
    if (round % 2 != 0) of_ours.push_back(ours());
  }
  return {.ours = median(std::move(of_ours)), .raw = median(std::move(of_raw))};
}

/// How often a second `work` is done when it takes that long for `count`.
inline double rate_of(std::size_t count, const std::function<void()>& work) {
  const Stopwatch watch;
  work();
  return static_cast<double>(count) / watch.seconds().passed;
}

/// One line of JSON a figure. `raw`: what the machine does without us; 0: there is no such thing.
inline void print(std::string_view bench, const std::string& name, double value, double raw,
                  std::string_view unit) {
  const auto yardstick = raw > 0 ? fmt::format(R"("raw":{:.0f},"ratio":{:.3f})", raw, value / raw)
                                 : std::string(R"("raw":null,"ratio":null)");
  fmt::print("{{\"bench\":\"{}\",\"case\":\"{}\",\"value\":{:.0f},\"unit\":\"{}\",{}}}\n", bench,
             name, value, unit, yardstick);
  std::fflush(stdout);
}

inline void print(std::string_view bench, const std::string& name, const Compared& compared,
                  std::string_view unit) {
  print(bench, name, compared.ours, compared.raw, unit);
}

/// Two figures of the same work: by the clock on the wall, and by the time a processor took, which
/// is the one to compare on a machine that has other things to do.
inline void print(std::string_view bench, const std::string& name, double count,
                  const Seconds& ours, const Seconds& raw) {
  const auto rate = [&](double seconds) { return seconds > 0 ? count / seconds : 0; };
  print(bench, name, rate(ours.passed), rate(raw.passed), "lines/s");
  print(bench, name + "_processor", rate(ours.processor), rate(raw.processor), "lines/processor_s");
}

}  // namespace bench
