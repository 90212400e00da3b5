#include "outcomes.hpp"

namespace tidemark::store {
namespace {

std::vector<StreamVersion> decode_versions(std::string_view bytes) {
  std::vector<StreamVersion> versions;
  std::uint64_t number = 0;
  unsigned shift = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    number |= static_cast<std::uint64_t>(byte & 0x7FU) << (shift & 63U);
    shift += 7;
    if ((byte & 0x80U) != 0) continue;
    versions.emplace_back(number);
    number = 0;
    shift = 0;
  }
  return versions;
}

}  // namespace

std::string encode_versions(const std::vector<StreamVersion>& versions) {
  std::string bytes;
  for (const auto version : versions) {
    auto number = version.value();
    for (; number >= 0x80; number >>= 7) bytes += static_cast<char>((number & 0x7F) | 0x80);
    bytes += static_cast<char>(number);
  }
  return bytes;
}

std::uint64_t event_count(const Appended& outcome) {
  return outcome.last.value() == 0 ? 0 : outcome.last.value() - outcome.first.value() + 1;
}

std::optional<Appended> read_outcome(const postgres::Rows& rows, int row, UtcTime now) {
  const auto events = static_cast<std::uint64_t>(rows.integer(row, 2));
  const bool expired = !rows.is_null(row, 6) && rows.integer(row, 6) <= now.micros();
  if (expired && events == 0) return std::nullopt;
  Appended outcome{.first = Position(static_cast<std::uint64_t>(rows.integer(row, 1))),
                   .last = {},
                   .versions = decode_versions(rows.bytes(row, 4)),
                   .repeated = true,
                   .skipped = static_cast<std::uint64_t>(rows.integer(row, 3))};
  if (events > 0) outcome.last = Position(outcome.first.value() + events - 1);
  if (!expired && !rows.is_null(row, 5)) outcome.answer = std::string(rows.bytes(row, 5));
  return outcome;
}

}  // namespace tidemark::store
