#include "domain/adtech/rules.hpp"

#include <algorithm>

namespace adtech {
namespace {

constexpr std::size_t period_size = std::string_view("2026-11-01").size();
constexpr std::size_t id_size_max = tidemark::StreamId::id_size_max - 1 - period_size;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= id_size_max && std::ranges::none_of(text, is_control);
}

bool is_currency(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, is_capital);
}

bool is_period(std::string_view text) {
  return text.size() == period_size &&
         tidemark::parse_utc_time(std::string(text) + "T00:00:00Z").has_value();
}

std::string period_id(std::string_view account_id, std::string_view period) {
  return std::string(account_id).append(".").append(period);
}

}  // namespace adtech
