#pragma once

#include <string>
#include <string_view>

namespace tidemark::admin {

/// The part of a Protobuf full name behind the last dot: what people call it.
std::string_view last_part(std::string_view type);

/// Names of types without their packages: "sends adtech.v1.IssueInvoice" as "sends IssueInvoice".
std::string short_types(std::string_view text);

}  // namespace tidemark::admin
