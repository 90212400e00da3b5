#pragma once

#include <google/protobuf/message.h>

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// A tag as `(tidemark.tag)` makes it of a field: "course:c1".
std::string as_tag(std::string_view name, std::string_view value);
template <std::integral Number>
std::string as_tag(std::string_view name, Number number) {
  return as_tag(name, std::string_view(std::to_string(number)));
}

/// The tags that an event carries into the log: one for each of its fields with the option
/// `(tidemark.tag)`, named as the option says, in the order of the fields. A repeated field makes
/// one of each value; what is empty or not set makes none.
std::vector<std::string> tags_of(const google::protobuf::Message& event);

/// Throws `Failure` "schema.bad_tag" when a field that is no tag has the option: only texts, whole
/// numbers, enums and bools are.
void check_tags(const google::protobuf::Descriptor& event);

}  // namespace tidemark
