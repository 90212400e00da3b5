#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tidemark/base/time.hpp"

namespace tidemark::observe {

/// Counts up. One relaxed atomic addition; safe from any thread.
class Counter {
 public:
  void add(std::uint64_t count = 1) noexcept { count_.fetch_add(count, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> count_{0};
};

/// A value that goes up and down; whole numbers are exact up to 2^53. Safe from any thread.
class Gauge {
 public:
  template <typename Number>
    requires std::is_arithmetic_v<Number>
  void set(Number value) noexcept {
    value_.store(static_cast<double>(value), std::memory_order_relaxed);
  }
  template <typename Number>
    requires std::is_arithmetic_v<Number>
  void add(Number change) noexcept {
    value_.fetch_add(static_cast<double>(change), std::memory_order_relaxed);
  }
  [[nodiscard]] double value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Upper bounds of a histogram's buckets, ascending, without +Inf.
using Buckets = std::vector<double>;

/// 100 µs to 60 s, in seconds: steps, commits, requests.
Buckets seconds_buckets();
/// 1 to 100,000: how many went into one batch.
Buckets count_buckets();

/// How often values fell into each of a fixed list of ranges. Costs a search over the bounds and
/// two relaxed atomic additions; safe from any thread.
class Histogram {
 public:
  explicit Histogram(Buckets bounds);

  void observe(double value) noexcept;
  /// A length of time, counted in seconds.
  void observe(Micros duration) noexcept { observe(static_cast<double>(duration.count()) / 1e6); }

  [[nodiscard]] const Buckets& bounds() const noexcept { return bounds_; }
  /// How many values fell into bucket `index`; the last is the one above all bounds.
  [[nodiscard]] std::uint64_t in_bucket(std::size_t index) const noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept;
  [[nodiscard]] double sum() const noexcept { return sum_.load(std::memory_order_relaxed); }

 private:
  const Buckets bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;  ///< one more than bounds
  std::atomic<double> sum_{0};
};

/// Name and value, e.g. {"topic", "orders"}. A metric has the same label names in all its series.
using Label = std::pair<std::string, std::string>;
using Labels = std::vector<Label>;

struct MetricsOptions {
  std::size_t series_max = 256;  ///< per metric; what comes beyond goes to one series "other"
};

/// All metrics of a process, in Prometheus' terms.
///
/// Get a handle once and keep it: it lives as long as the registry and its updates take no lock.
/// The same name and labels give the same handle again. Names start with "tidemark_", counters end
/// in "_total", units are in the name; a bad name, another kind or other label names under a known
/// name are programming errors. Cardinality is bounded: once a metric has `series_max` series,
/// every further combination shares one series whose label values are all "other", and
/// `tidemark_metrics_overflow_total` counts these. Safe from any thread.
class Metrics {
 public:
  explicit Metrics(MetricsOptions options = {});
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
  /// `bounds` count when the series is made.
  Histogram& histogram(std::string_view name, std::string_view help, const Buckets& bounds,
                       Labels labels = {});

  /// Prometheus' text format 0.0.4: metrics by name, series by labels, so equal values give equal
  /// text. Values are read one by one while others count on.
  [[nodiscard]] std::string render_prometheus() const;

 private:
  struct Name {
    std::string_view name;
    std::string_view help;
  };
  struct Family;
  Family& family(Name name);
  template <typename Instrument, typename... Args>
  Instrument& find_or_make(Name name, Labels&& labels, const Args&... args);

  const MetricsOptions options_;
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Family>, std::less<>> families_;  ///< guarded by mutex_
};

}  // namespace tidemark::observe
