#include "bench/adtech_input.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>

#include "tidemark/base/random.hpp"
#include "tidemark/base/uuid.hpp"

namespace bench {
namespace {

using tidemark::UtcTime;

constexpr std::uint64_t accounts = 8;
constexpr std::uint64_t campaigns_per_account = 4;

/// Writes the lines of one story, in order of time.
class Story {
 public:
  explicit Story(const std::filesystem::path& file) : out_(file) {}

  [[nodiscard]] std::uint64_t lines() const { return lines_; }

  void open_accounts() {
    for (std::uint64_t account = 1; account <= accounts; ++account) {
      line("open_account", "console",
           fmt::format(R"("account_id":"acct-{:02}","currency":"EUR","tolerance_micros":1000)",
                       account));
      for (std::uint64_t campaign = 1; campaign <= campaigns_per_account; ++campaign) {
        const auto id = fmt::format("camp-{:02}-{}", account, campaign);
        line("open_campaign", "console",
             fmt::format(R"("campaign_id":"{}","account_id":"acct-{:02}","name":"Spring {}",)"
                         R"("currency":"EUR")",
                         id, account, campaign));
        line("fund_campaign", "console",
             fmt::format(R"("campaign_id":"{}","amount_micros":1582000000)", id));
      }
    }
  }
  void go_on() {
    const auto kind = random_.below(6'000);
    if (kind < 2) {
      write(last_);  // it was sent again
    } else if (kind < 5) {
      write(last_.substr(0, last_.size() / 2));
    } else if (kind < 17) {
      charge();
    } else {
      fact(kind < 250 ? "click_tracked" : "impression_served");
    }
  }

 private:
  void fact(const char* type) {
    const auto account = 1 + random_.below(accounts);
    const auto campaign = 1 + random_.below(campaigns_per_account);
    line(type, fmt::format("adserver-{}", 1 + random_.below(4)),
         fmt::format(R"("campaign_id":"camp-{0:02}-{1}","account_id":"acct-{0:02}",)"
                     R"("price_micros":{2},"currency":"EUR")",
                     account, campaign, 500 + random_.below(2'000)));
  }
  void charge() {
    line("charge_booked", "billing",
         fmt::format(R"("account_id":"acct-{:02}","period":"2026-11-01","charge_id":"c{}",)"
                     R"("amount_micros":125000,"currency":"EUR")",
                     1 + random_.below(accounts), lines_));
  }
  void line(const char* type, const std::string& source, const std::string& payload) {
    now_ = now_ + tidemark::Micros(random_.below(160'000));
    const auto id = to_string(tidemark::Uuid::version7(now_, random_));
    write(fmt::format(R"({{"event_id":"{}","event_type":"{}","timestamp":"{}","source":"{}",)"
                      R"("user_id":"u-{:06}","session_id":"s-{:08x}","payload":{{{}}},)"
                      R"("schema_version":1,"correlation_id":"visit-{:08x}"}})",
                      id, type, to_string(now_), source, random_.below(1'000'000),
                      random_.below(1ULL << 32), payload, random_.below(1ULL << 32)));
  }
  void write(std::string text) {
    out_ << text << '\n';
    last_ = std::move(text);
    ++lines_;
  }

  std::ofstream out_;
  tidemark::SeededRandom random_{1};
  UtcTime now_ = UtcTime::from_micros(1'793'484'000'000'000);
  std::string last_;
  std::uint64_t lines_ = 0;
};

}  // namespace

void write_adtech_input(const std::filesystem::path& file, std::uint64_t lines) {
  Story story(file);
  story.open_accounts();
  while (story.lines() < lines) story.go_on();
}

}  // namespace bench
