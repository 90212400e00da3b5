#pragma once

#include <tidemark/projection.hpp>

#include "domain/adtech/v1/period.pb.h"
#include "domain/adtech/v1/traffic.pb.h"
#include "projections/v1/rows.pb.h"

namespace adtech {

/// What each account used in each billing period, a day of event time in UTC. It closes when the
/// period is closed, used or not; what comes later makes a further revision.
struct MeteredUsage {
  static constexpr tidemark::ProjectionSpec spec{
      .name = "metered_usage", .version = 1, .allowed_lateness = std::chrono::minutes(10)};
  using Row = v1::MeteredUsage;
  using Key = tidemark::Key<&Row::account_id, &Row::period>;
  using Events = tidemark::List<v1::ImpressionServed, v1::ClickTracked, v1::PeriodClosed>;
  using Rows = tidemark::Table<MeteredUsage>;

  static tidemark::Window window(const Row& row);
  static void on(Rows& rows, const v1::ImpressionServed& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::ClickTracked& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::PeriodClosed& event, const tidemark::Metadata& metadata);
};

}  // namespace adtech
