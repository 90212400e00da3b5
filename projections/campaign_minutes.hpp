#pragma once

#include <tidemark/projection.hpp>

#include "domain/adtech/v1/period.pb.h"
#include "domain/adtech/v1/traffic.pb.h"
#include "projections/v1/rows.pb.h"

namespace adtech {

/// What each campaign did in each minute of event time. A closed minute is booked as spend.
struct CampaignMinutes {
  static constexpr tidemark::ProjectionSpec spec{
      .name = "campaign_minutes", .version = 1, .allowed_lateness = std::chrono::minutes(2)};
  using Row = v1::CampaignMinute;
  using Key = tidemark::Key<&Row::campaign_id, &Row::minute_micros>;
  using Events = tidemark::List<v1::ImpressionServed, v1::ClickTracked, v1::PeriodClosed>;
  using Rows = tidemark::Table<CampaignMinutes>;

  static tidemark::Window window(const Row& row);
  static void on(Rows& rows, const v1::ImpressionServed& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::ClickTracked& event, const tidemark::Metadata& metadata);
  /// Changes no row: that its time has come closes the last minutes before it, also when no traffic
  /// follows.
  static void on(Rows& rows, const v1::PeriodClosed& event, const tidemark::Metadata& metadata);
};

}  // namespace adtech
