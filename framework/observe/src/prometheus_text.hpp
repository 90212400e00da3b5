#pragma once

#include <string>
#include <string_view>

#include "tidemark/observe/metrics.hpp"

/// Prometheus' text exposition format, version 0.0.4.
namespace tidemark::observe::prometheus {

struct Header {
  std::string_view name;
  std::string_view kind;
  std::string_view help;
};

/// Appends the HELP and TYPE lines.
void append_header(std::string& out, const Header& header);

/// Appends `name{labels} value`.
void append_sample(std::string& out, std::string_view name, const Labels& labels,
                   std::string_view value);

/// Appends the cumulative buckets, the sum and the count of one series.
void append_histogram(std::string& out, std::string_view name, const Labels& labels,
                      const Histogram& histogram);

/// The shortest text that reads back as `value`; "+Inf", "-Inf" and "NaN" where needed.
std::string number(double value);

}  // namespace tidemark::observe::prometheus
