#include "prometheus_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace tidemark::observe::prometheus {
namespace {

enum class Quotes : std::uint8_t { as_they_are, escaped };

void append_escaped(std::string& out, std::string_view text, Quotes quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes == Quotes::escaped) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

void append_label(std::string& out, const Label& label) {
  out += out.back() == '{' ? "" : ",";
  out += label.first;
  out += "=\"";
  append_escaped(out, label.second, Quotes::escaped);
  out += '"';
}

}  // namespace

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

void append_header(std::string& out, const Header& header) {
  out += "# HELP ";
  out += header.name;
  out += ' ';
  append_escaped(out, header.help, Quotes::as_they_are);
  out += "\n# TYPE ";
  out += header.name;
  out += ' ';
  out += header.kind;
  out += '\n';
}

void append_sample(std::string& out, std::string_view name, const Labels& labels,
                   std::string_view value) {
  out += name;
  if (!labels.empty()) {
    out += '{';
    for (const auto& label : labels) append_label(out, label);
    out += '}';
  }
  out += ' ';
  out += value;
  out += '\n';
}

void append_histogram(std::string& out, std::string_view name, const Labels& labels,
                      const Histogram& histogram) {
  const std::string base(name);
  auto with_bound = labels;
  with_bound.emplace_back("le", "");
  std::uint64_t cumulative = 0;
  // Each bucket is read once and the count is their sum, so that +Inf and count always agree.
  for (std::size_t index = 0; index <= histogram.bounds().size(); ++index) {
    cumulative += histogram.in_bucket(index);
    const bool last = index == histogram.bounds().size();
    with_bound.back().second = last ? "+Inf" : number(histogram.bounds()[index]);
    append_sample(out, base + "_bucket", with_bound, std::to_string(cumulative));
  }
  append_sample(out, base + "_sum", labels, number(histogram.sum()));
  append_sample(out, base + "_count", labels, std::to_string(cumulative));
}

}  // namespace tidemark::observe::prometheus
