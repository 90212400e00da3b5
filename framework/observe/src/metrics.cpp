#include "tidemark/observe/metrics.hpp"

#include <algorithm>
#include <variant>

#include "prometheus_text.hpp"
#include "tidemark/base/assert.hpp"

namespace tidemark::observe {
namespace {

constexpr std::string_view overflow_name = "tidemark_metrics_overflow_total";
constexpr std::string_view overflow_help =
    "Requests for a series beyond its metric's limit; they share the series labelled other.";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_identifier(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool same_names(const Labels& a, const Labels& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Label& x, const Label& y) { return x.first == y.first; });
}

}  // namespace

Buckets seconds_buckets() {
  return {0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
          0.1,    0.25,   0.5,   1,      2.5,   5,    10,    60};
}

Buckets count_buckets() { return {1, 10, 50, 100, 250, 500, 1000, 2500, 5000, 10'000, 100'000}; }

Histogram::Histogram(Buckets bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {
  TIDEMARK_ASSERT(std::is_sorted(bounds_.begin(), bounds_.end()), "bucket bounds ascend");
}

void Histogram::observe(double value) noexcept {
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  const auto index = static_cast<std::size_t>(bound - bounds_.begin());
  counts_[index].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t Histogram::in_bucket(std::size_t index) const noexcept {
  return counts_[index].load(std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const noexcept {
  std::uint64_t total = 0;
  for (const auto& count : counts_) total += count.load(std::memory_order_relaxed);
  return total;
}

/// One metric: its series by labels. Instruments never move: handles point at them.
struct Metrics::Family {
  using Instrument = std::variant<std::monostate, Counter, Gauge, Histogram>;

  std::string help;
  std::map<Labels, Instrument> series;
};

Metrics::Metrics(MetricsOptions options) : options_(options) {
  TIDEMARK_ASSERT(options_.series_max > 0, "a metric needs room for one series");
}
Metrics::~Metrics() = default;

Metrics::Family& Metrics::family(Name name) {
  const auto found = families_.find(name.name);
  if (found != families_.end()) return *found->second;
  TIDEMARK_ASSERT(name.name.starts_with("tidemark_") && is_identifier(name.name),
                  "a metric's name");
  auto made = std::make_unique<Family>();
  made->help = name.help;
  return *families_.emplace(name.name, std::move(made)).first->second;
}

template <typename Instrument, typename... Args>
Instrument& Metrics::find_or_make(Name name, Labels&& labels, const Args&... args) {
  std::sort(labels.begin(), labels.end());
  for (const auto& label : labels) TIDEMARK_ASSERT(is_identifier(label.first), "a label's name");

  const std::scoped_lock lock(mutex_);
  auto& series = family(name).series;
  auto found = series.find(labels);
  if (found == series.end()) {
    if (!series.empty()) {
      const auto& [first_labels, first] = *series.begin();
      TIDEMARK_ASSERT(std::holds_alternative<Instrument>(first), "a metric keeps its kind");
      TIDEMARK_ASSERT(same_names(first_labels, labels), "a metric keeps its label names");
    }
    if (series.size() >= options_.series_max && name.name != overflow_name) {
      for (auto& label : labels) label.second = "other";
      auto& refused =
          family({overflow_name, overflow_help}).series[Labels{{"metric", std::string(name.name)}}];
      if (std::holds_alternative<std::monostate>(refused)) refused.emplace<Counter>();
      std::get<Counter>(refused).add();
    }
    found = series.try_emplace(std::move(labels)).first;
    if (std::holds_alternative<std::monostate>(found->second)) {
      found->second.template emplace<Instrument>(args...);
    }
  }
  auto* const instrument = std::get_if<Instrument>(&found->second);
  TIDEMARK_ASSERT(instrument != nullptr, "a metric keeps its kind");
  return *instrument;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
  TIDEMARK_ASSERT(name.ends_with("_total"), "a counter's name ends in _total");
  return find_or_make<Counter>({name, help}, std::move(labels));
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
  return find_or_make<Gauge>({name, help}, std::move(labels));
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, const Buckets& bounds,
                              Labels labels) {
  return find_or_make<Histogram>({name, help}, std::move(labels), bounds);
}

std::string Metrics::render_prometheus() const {
  constexpr std::string_view kinds[] = {"untyped", "counter", "gauge", "histogram"};
  std::string out;
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, family] : families_) {
    const auto kind = family->series.begin()->second.index();
    prometheus::append_header(out, {name, kinds[kind], family->help});
    for (const auto& [labels, instrument] : family->series) {
      if (const auto* counter = std::get_if<Counter>(&instrument)) {
        prometheus::append_sample(out, name, labels, std::to_string(counter->value()));
      } else if (const auto* gauge = std::get_if<Gauge>(&instrument)) {
        prometheus::append_sample(out, name, labels, prometheus::number(gauge->value()));
      } else if (const auto* histogram = std::get_if<Histogram>(&instrument)) {
        prometheus::append_histogram(out, name, labels, *histogram);
      }
    }
  }
  return out;
}

}  // namespace tidemark::observe
