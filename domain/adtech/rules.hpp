#pragma once

#include <tidemark/aggregate.hpp>

#include <string>
#include <string_view>

namespace adtech {

/// Whether `text` can name an account, a campaign, a charge or a payment: 1 to 179 bytes without
/// control characters, so that "<account_id>.<period>" still names a stream.
bool is_id(std::string_view text);

/// Whether `text` looks like an ISO 4217 code: three capital letters.
bool is_currency(std::string_view text);

/// Whether `text` is a day that exists, written "2026-11-01".
bool is_period(std::string_view text);

/// The id of an account's billing period and of its invoice: "<account_id>.<period>".
std::string period_id(std::string_view account_id, std::string_view period);

}  // namespace adtech
