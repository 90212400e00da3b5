#include "snapshot.hpp"

#include <fmt/format.h>

#include <charconv>

namespace tidemark::command {

std::string encode_snapshot(const Snapshot& snapshot) {
  return fmt::format("{} {} {}", snapshot.version.value(), snapshot.key, snapshot.state);
}

std::optional<Snapshot> decode_snapshot(std::string_view bytes) {
  const auto first = bytes.find(' ');
  const auto second = first == std::string_view::npos ? first : bytes.find(' ', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  std::uint64_t version = 0;
  const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + first, version);
  if (error != std::errc() || end != bytes.data() + first) return std::nullopt;
  return Snapshot{.key = std::string(bytes.substr(first + 1, second - first - 1)),
                  .version = StreamVersion(version),
                  .state = std::string(bytes.substr(second + 1))};
}

}  // namespace tidemark::command
