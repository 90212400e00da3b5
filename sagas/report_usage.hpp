#pragma once

#include <tidemark/saga/reaction.hpp>

#include "domain/adtech/v1/period.pb.h"
#include "projections/metered_usage.hpp"

namespace adtech {

/// Hands the metered total of an account and period to billing, once the period's window is closed,
/// and again with each revision.
struct ReportUsage {
  static constexpr tidemark::ReactionSpec spec{.name = "report_usage",
                                               .start = tidemark::ReactTo::everything};
  using Inputs = tidemark::List<tidemark::Closed<adtech::MeteredUsage>>;
  using Commands = tidemark::List<v1::RecordUsage>;
  static void on(tidemark::Dispatch& out, const tidemark::Closed<adtech::MeteredUsage>& closed);
};

}  // namespace adtech
