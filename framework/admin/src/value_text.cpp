#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tidemark/admin/render.hpp"

namespace tidemark::admin {
namespace {

std::string duration_text(Micros duration) {
  if (duration < Micros(0)) return "-" + duration_text(-duration);
  const auto micros = duration.count();
  if (micros == 0) return "0 s";
  if (micros < 1000) return fmt::format("{} us", micros);
  if (micros < 1'000'000) return fmt::format("{} ms", micros / 1000);
  const auto seconds = micros / 1'000'000;
  if (seconds < 60) return fmt::format("{}.{} s", seconds, micros / 100'000 % 10);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  if (seconds < 86'400) return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{} d {} h", seconds / 86'400, seconds / 3600 % 24);
}

std::string size_text(Size size) {
  constexpr std::array units{"KiB", "MiB", "GiB", "TiB"};
  if (size.bytes < 1024) return fmt::format("{} B", size.bytes);
  auto tenths = size.bytes * 10 / 1024;
  std::size_t unit = 0;
  for (; tenths >= 10'240 && unit + 1 < units.size(); ++unit) tenths /= 1024;
  return fmt::format("{}.{} {}", tenths / 10, tenths % 10, units.at(unit));
}

/// To the millisecond: what comes closer together is told apart by its position.
std::string time_text(UtcTime time) {
  auto text = to_string(time);
  const auto dot = text.find('.');
  if (dot != std::string::npos) text.replace(dot + 4, std::string::npos, "Z");
  return text;
}

struct TextOf {
  std::string operator()(std::monostate) const { return "-"; }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(std::uint64_t number) const { return fmt::to_string(number); }
  std::string operator()(bool yes) const { return yes ? "yes" : "no"; }
  std::string operator()(UtcTime time) const { return time_text(time); }
  std::string operator()(Micros duration) const { return duration_text(duration); }
  std::string operator()(Size size) const { return size_text(size); }
  std::string operator()(const Json& json) const { return json.text; }
  std::string operator()(const Marked& marked) const { return marked.text; }
  std::string operator()(const Texts& list) const {
    return list.texts.empty() ? "-" : fmt::format("{}", fmt::join(list.texts, ", "));
  }
};

}  // namespace

std::string to_text(const Value& value) {
  auto text = std::visit(TextOf(), value);
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text;
}

}  // namespace tidemark::admin
