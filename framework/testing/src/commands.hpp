#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tidemark/testing/event_list.hpp"

namespace tidemark::testing {

/// The names of all types, for a person.
std::string names_of(const std::vector<const google::protobuf::Descriptor*>& types);

/// The message behind a command's type and bytes; null when `types` do not name it.
std::unique_ptr<google::protobuf::Message> command_of(
    const std::vector<const google::protobuf::Descriptor*>& types, const std::string& type,
    const std::string& data);

}  // namespace tidemark::testing
