#include "tidemark/relay/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tidemark/base/bytes.hpp"

namespace tidemark::relay {
namespace {

constexpr std::string_view format_mark = "1 ";

}  // namespace

std::string progress_key(const StoreId& store, std::string_view relay_name) {
  return fmt::format("{}.{}", to_string(store), relay_name);
}

std::string encode_progress(const store::Checkpoint& progress) {
  const std::string_view chain(reinterpret_cast<const char*>(progress.chain.data()),
                               progress.chain.size());
  return fmt::format("{}{} {}", format_mark, progress.position.value(), to_hex(chain));
}

std::optional<store::Checkpoint> decode_progress(std::string_view value) {
  if (!value.starts_with(format_mark)) return std::nullopt;
  value.remove_prefix(format_mark.size());
  std::uint64_t position = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), position);
  if (error != std::errc()) return std::nullopt;
  value.remove_prefix(static_cast<std::size_t>(end - value.data()));
  store::Checkpoint progress{.position = Position(position)};
  if (!value.starts_with(' ') || value.size() != 1 + 2 * progress.chain.size()) return std::nullopt;
  const auto chain = from_hex(value.substr(1));
  if (!chain) return std::nullopt;
  std::ranges::transform(*chain, progress.chain.begin(),
                         [](char c) { return static_cast<std::uint8_t>(c); });
  return progress;
}

}  // namespace tidemark::relay
