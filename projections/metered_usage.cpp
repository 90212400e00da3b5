#include "projections/metered_usage.hpp"

#include <array>
#include <stdexcept>

#include "projections/money.hpp"

namespace adtech {
namespace {

constexpr tidemark::Micros day = std::chrono::hours(24);

/// "2026-11-01". On the hot path, hence by hand.
class Period {
 public:
  explicit Period(tidemark::UtcTime time) {
    const auto days = std::chrono::floor<std::chrono::days>(
        std::chrono::sys_time<tidemark::Micros>(time.since_epoch()));
    const std::chrono::year_month_day date(days);
    put(0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
    put(5, 2, static_cast<unsigned>(date.month()));
    put(8, 2, static_cast<unsigned>(date.day()));
  }
  [[nodiscard]] std::string_view text() const { return {text_.data(), text_.size()}; }

 private:
  void put(std::size_t at, std::size_t digits, unsigned number) {
    for (auto i = digits; i > 0; --i, number /= 10) {
      text_[at + i - 1] = static_cast<char>('0' + number % 10);
    }
  }
  std::array<char, 10> text_{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0'};
};

template <typename Event>
v1::MeteredUsage& usage_of(MeteredUsage::Rows& rows, const Event& event,
                           const tidemark::Metadata& metadata) {
  auto& row = rows.at(event.account_id(), Period(metadata.event_time).text());
  if (row.currency().empty()) row.set_currency(event.currency());
  if (row.currency() != event.currency()) {
    throw std::invalid_argument("one account and period with two currencies");
  }
  row.set_spend_micros(plus(row.spend_micros(), event.price_micros()));
  return row;
}

}  // namespace

tidemark::Window MeteredUsage::window(const Row& row) {
  const auto start = tidemark::parse_utc_time(row.period() + "T00:00:00Z");
  if (!start) throw std::invalid_argument("the period '" + row.period() + "' is no day");
  return {.start = *start, .end = *start + day};
}

void MeteredUsage::on(Rows& rows, const v1::ImpressionServed& event,
                      const tidemark::Metadata& metadata) {
  auto& row = usage_of(rows, event, metadata);
  row.set_impressions(row.impressions() + 1);
}

void MeteredUsage::on(Rows& rows, const v1::ClickTracked& event,
                      const tidemark::Metadata& metadata) {
  auto& row = usage_of(rows, event, metadata);
  row.set_clicks(row.clicks() + 1);
}

void MeteredUsage::on(Rows& rows, const v1::PeriodClosed& event,
                      const tidemark::Metadata& /*metadata*/) {
  rows.at(event.account_id(), event.period());
  rows.close(event.account_id(), event.period());
}

}  // namespace adtech
