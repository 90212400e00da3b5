#pragma once

#include <string>
#include <string_view>

#include "tidemark/aggregate/decision.hpp"
#include "tidemark/testing/event_list.hpp"

namespace tidemark::testing {

/// How `actual` differs from `expected`, message by message and field by field, for a person to
/// read; empty when they are equal. Messages are in Protobuf's text format, and called `what`.
std::string difference(const Events& expected, const Events& actual,
                       std::string_view what = "event");

/// One line: "adtech.v1.CampaignOpened { campaign_id: \"c1\" }".
std::string to_text(const google::protobuf::Message& message);

/// What was decided: the kind, and the events or the rejection.
std::string to_text(const Decision& decision);

}  // namespace tidemark::testing
