#include "tidemark/base/time.hpp"

#include <fmt/format.h>

namespace tidemark {
namespace {

/// Reads exactly `digits` digits at `at` and moves on; false when there is anything else.
bool read_number(std::string_view text, std::size_t& at, std::size_t digits, int& value) {
  if (at + digits > text.size()) return false;
  value = 0;
  for (std::size_t end = at + digits; at < end; ++at) {
    if (text[at] < '0' || text[at] > '9') return false;
    value = value * 10 + (text[at] - '0');
  }
  return true;
}

bool read_one_of(std::string_view text, std::size_t& at, std::string_view choices) {
  if (at >= text.size() || choices.find(text[at]) == std::string_view::npos) return false;
  ++at;
  return true;
}

/// Minutes east of UTC at the end of `text`.
std::optional<int> read_zone(std::string_view text, std::size_t at) {
  if (at >= text.size()) return std::nullopt;
  const char sign = text[at++];
  if (sign == 'Z' || sign == 'z') return at == text.size() ? std::optional(0) : std::nullopt;
  int hours = 0;
  int minutes = 0;
  if ((sign != '+' && sign != '-') || !read_number(text, at, 2, hours) ||
      !read_one_of(text, at, ":") || !read_number(text, at, 2, minutes) || at != text.size() ||
      hours > 23 || minutes > 59) {
    return std::nullopt;
  }
  return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
}

std::optional<std::int64_t> read_fraction_micros(std::string_view text, std::size_t& at) {
  if (at >= text.size() || text[at] != '.') return 0;
  ++at;
  std::int64_t micros = 0;
  std::size_t digits = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) {
    if (digits < 6) micros = micros * 10 + (text[at] - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

}  // namespace

std::string to_string(UtcTime time) {
  using namespace std::chrono;
  const auto seconds_part = std::chrono::floor<seconds>(time.since_epoch());
  const auto days_part = std::chrono::floor<days>(seconds_part);
  const year_month_day date{sys_days(days_part)};
  const hh_mm_ss clock(seconds_part - days_part);
  const auto fraction_micros = (time.since_epoch() - seconds_part).count();
  auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                          static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                          clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (fraction_micros != 0) text += fmt::format(".{:06}", fraction_micros);
  return text + "Z";
}

std::optional<UtcTime> parse_utc_time(std::string_view text) {
  using namespace std::chrono;
  std::size_t at = 0;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (!read_number(text, at, 4, y) || !read_one_of(text, at, "-") ||
      !read_number(text, at, 2, mo) || !read_one_of(text, at, "-") ||
      !read_number(text, at, 2, d) || !read_one_of(text, at, "Tt ") ||
      !read_number(text, at, 2, h) || !read_one_of(text, at, ":") ||
      !read_number(text, at, 2, mi) || !read_one_of(text, at, ":") ||
      !read_number(text, at, 2, s)) {
    return std::nullopt;
  }
  const auto fraction_micros = read_fraction_micros(text, at);
  const auto zone_minutes = read_zone(text, at);
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)),
                            day(static_cast<unsigned>(d))};
  if (!fraction_micros || !zone_minutes || !date.ok() || y < 1970 || h > 23 || mi > 59 || s > 59) {
    return std::nullopt;
  }
  const auto utc = sys_days(date).time_since_epoch() + hours(h) + minutes(mi) + seconds(s) -
                   minutes(*zone_minutes);
  return UtcTime(duration_cast<Micros>(utc) + Micros(*fraction_micros));
}

}  // namespace tidemark
