#pragma once

#include <string>

#include "tidemark/aggregate/decision.hpp"
#include "tidemark/testing/event_list.hpp"

namespace tidemark::testing {

/// How `actual` differs from `expected`, event by event and field by field, for a person to read;
/// empty when they are equal. Events are in Protobuf's text format.
std::string difference(const Events& expected, const Events& actual);

/// One line: "adtech.v1.CampaignOpened { campaign_id: \"c1\" }".
std::string to_text(const google::protobuf::Message& message);

/// What was decided: the kind, and the events or the rejection.
std::string to_text(const Decision& decision);

}  // namespace tidemark::testing
