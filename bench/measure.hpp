#pragma once

#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdint>
#include <string>
#include <string_view>

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

/// One line of JSON a figure. `raw`: what the machine does without us; 0: there is no such thing.
inline void print(std::string_view bench, const std::string& name, double value, double raw,
                  std::string_view unit) {
  const auto yardstick = raw > 0 ? fmt::format(R"("raw":{:.0f},"ratio":{:.3f})", raw, value / raw)
                                 : std::string(R"("raw":null,"ratio":null)");
  fmt::print("{{\"bench\":\"{}\",\"case\":\"{}\",\"value\":{:.0f},\"unit\":\"{}\",{}}}\n", bench,
             name, value, unit, yardstick);
  std::fflush(stdout);
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
