#pragma once

#include <tidemark/aggregate.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/adtech/rules.hpp"
#include "domain/adtech/v1/period.pb.h"

namespace adtech {

using namespace v1;

/// What was metered of one account in one period, revision by revision. Each revision is the whole
/// total as it was known then. Closing starts the billing; what is metered after that is recorded
/// as a later revision, for somebody to correct the bill by.
struct BillingPeriod {
  using Commands = tidemark::List<RecordUsage, ClosePeriod>;
  using Events = tidemark::List<UsageRecorded, PeriodClosed>;
  static constexpr std::string_view category = "billing_period";
  template <typename Command>
  static std::string id(const Command& command) {
    return period_id(command.account_id(), command.period());
  }

  bool closed = false;
  std::uint32_t revision = 0;
  std::string currency;
};

void evolve(BillingPeriod& period, const UsageRecorded& event);
void evolve(BillingPeriod& period, const PeriodClosed& event);

tidemark::Decision decide(const BillingPeriod& period, const RecordUsage& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const BillingPeriod& period, const ClosePeriod& command,
                          const tidemark::Context& context);

}  // namespace adtech
