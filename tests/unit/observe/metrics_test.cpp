#include "tidemark/observe/metrics.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

using namespace tidemark::observe;

TEST_SUITE("observe/metrics") {
  TEST_CASE("the same name and labels give the same handle, in whatever order") {
    Metrics metrics;
    auto& first = metrics.counter("tidemark_a_total", "A.", {{"x", "1"}, {"y", "2"}});
    first.add();
    metrics.counter("tidemark_a_total", "A.", {{"y", "2"}, {"x", "1"}}).add(2);
    CHECK(first.value() == 3);
    CHECK(&first != &metrics.counter("tidemark_a_total", "A.", {{"x", "2"}, {"y", "1"}}));
  }

  TEST_CASE("metrics are rendered by name and series by labels") {
    Metrics metrics;
    metrics.gauge("tidemark_lag", "Events behind.", {{"worker", "b"}}).set(2.5);
    metrics.gauge("tidemark_lag", "Events behind.", {{"worker", "a"}}).set(7);
    metrics.counter("tidemark_appends_total", "Appends.").add(18'446'744'073'709'551'615U);
    CHECK(metrics.render_prometheus() ==
          "# HELP tidemark_appends_total Appends.\n"
          "# TYPE tidemark_appends_total counter\n"
          "tidemark_appends_total 18446744073709551615\n"
          "# HELP tidemark_lag Events behind.\n"
          "# TYPE tidemark_lag gauge\n"
          "tidemark_lag{worker=\"a\"} 7\n"
          "tidemark_lag{worker=\"b\"} 2.5\n");
  }

  TEST_CASE("help and label values are escaped as the format asks") {
    Metrics metrics;
    metrics.gauge("tidemark_g", "a \"b\" \\ c\nd", {{"x", "a \"b\" \\ c\nd"}})
        .set(-std::numeric_limits<double>::infinity());
    CHECK(metrics.render_prometheus() ==
          "# HELP tidemark_g a \"b\" \\\\ c\\nd\n"
          "# TYPE tidemark_g gauge\n"
          "tidemark_g{x=\"a \\\"b\\\" \\\\ c\\nd\"} -Inf\n");
  }

  TEST_CASE("a histogram's buckets are cumulative, bounds included, and end in +Inf") {
    Metrics metrics;
    auto& histogram = metrics.histogram("tidemark_step_seconds", "Steps.", {0.25, 1, 10});
    histogram.observe(std::chrono::milliseconds(250));
    histogram.observe(0.5);
    histogram.observe(100);
    CHECK(metrics.render_prometheus() ==
          "# HELP tidemark_step_seconds Steps.\n"
          "# TYPE tidemark_step_seconds histogram\n"
          "tidemark_step_seconds_bucket{le=\"0.25\"} 1\n"
          "tidemark_step_seconds_bucket{le=\"1\"} 2\n"
          "tidemark_step_seconds_bucket{le=\"10\"} 2\n"
          "tidemark_step_seconds_bucket{le=\"+Inf\"} 3\n"
          "tidemark_step_seconds_sum 100.75\n"
          "tidemark_step_seconds_count 3\n");
    CHECK(histogram.count() == 3);
  }

  TEST_CASE("what exceeds the limit of series shares the series other, and is counted") {
    Metrics metrics({.series_max = 2});
    auto& first = metrics.counter("tidemark_a_total", "A.", {{"x", "1"}});
    metrics.counter("tidemark_a_total", "A.", {{"x", "2"}});
    auto& third = metrics.counter("tidemark_a_total", "A.", {{"x", "3"}});
    auto& fourth = metrics.counter("tidemark_a_total", "A.", {{"x", "4"}});
    CHECK(&third == &fourth);
    CHECK(&first == &metrics.counter("tidemark_a_total", "A.", {{"x", "1"}}));
    third.add(5);
    const auto text = metrics.render_prometheus();
    CHECK(text.find("tidemark_a_total{x=\"other\"} 5\n") != std::string::npos);
    CHECK(text.find("tidemark_metrics_overflow_total{metric=\"tidemark_a_total\"} 2\n") !=
          std::string::npos);
  }

  TEST_CASE("a gauge goes up and down") {
    Metrics metrics;
    auto& gauge = metrics.gauge("tidemark_g", "G.");
    gauge.add(5);
    gauge.add(-2);
    CHECK(gauge.value() == 3);
  }

  TEST_CASE("the ready-made buckets ascend") {
    const auto seconds = seconds_buckets();
    const auto counts = count_buckets();
    CHECK(std::is_sorted(seconds.begin(), seconds.end()));
    CHECK(std::is_sorted(counts.begin(), counts.end()));
  }
}
