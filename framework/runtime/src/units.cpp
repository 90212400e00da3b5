#include "tidemark/runtime/units.hpp"

#include <array>
#include <charconv>
#include <limits>

#include "tidemark/base/assert.hpp"

namespace tidemark::runtime {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

/// Smallest first.
constexpr std::array<Unit, 6> time_units{{{"us", 1},
                                          {"ms", 1'000},
                                          {"s", 1'000'000},
                                          {"m", 60'000'000},
                                          {"h", 3'600'000'000},
                                          {"d", 86'400'000'000}}};
constexpr std::array<Unit, 5> size_units{{{"B", 1},
                                          {"KiB", std::int64_t{1} << 10},
                                          {"MiB", std::int64_t{1} << 20},
                                          {"GiB", std::int64_t{1} << 30},
                                          {"TiB", std::int64_t{1} << 40}}};

struct Quantity {
  std::int64_t number = 0;
  std::string_view unit;
};

std::optional<Quantity> split(std::string_view text) {
  Quantity quantity;
  const char* const end = text.data() + text.size();
  if (text.empty() || text.front() == '-') return std::nullopt;
  const auto [rest, error] = std::from_chars(text.data(), end, quantity.number);
  if (error != std::errc()) return std::nullopt;
  quantity.unit = text.substr(static_cast<std::size_t>(rest - text.data()));
  return quantity;
}

template <std::size_t count>
std::optional<std::int64_t> in_smallest(const Quantity& quantity,
                                        const std::array<Unit, count>& units) {
  for (const auto& unit : units) {
    if (unit.name != quantity.unit) continue;
    if (quantity.number > std::numeric_limits<std::int64_t>::max() / unit.factor) {
      return std::nullopt;
    }
    return quantity.number * unit.factor;
  }
  return std::nullopt;
}

template <std::size_t count>
std::string in_largest(std::int64_t number, const std::array<Unit, count>& units) {
  TIDEMARK_ASSERT(number >= 0, "a quantity is not negative");
  auto unit = units.begin();
  for (auto larger = unit + 1; larger != units.end(); ++larger) {
    if (number != 0 && number % larger->factor == 0) unit = larger;
  }
  return std::to_string(number / unit->factor) + std::string(unit->name);
}

}  // namespace

std::optional<Micros> parse_duration(std::string_view text) {
  const auto quantity = split(text);
  if (!quantity) return std::nullopt;
  if (quantity->unit.empty() && quantity->number == 0) return Micros(0);
  const auto micros = in_smallest(*quantity, time_units);
  return micros ? std::optional(Micros(*micros)) : std::nullopt;
}

std::string format_duration(Micros duration) {
  return duration.count() == 0 ? "0s" : in_largest(duration.count(), time_units);
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  const auto quantity = split(text);
  if (!quantity) return std::nullopt;
  return quantity->unit.empty() ? quantity->number : in_smallest(*quantity, size_units);
}

std::string format_size(std::int64_t bytes) { return in_largest(bytes, size_units); }

}  // namespace tidemark::runtime
