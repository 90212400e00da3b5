#include "commands.hpp"

#include <algorithm>

#include "tidemark/base/assert.hpp"

namespace tidemark::testing {

std::string names_of(const std::vector<const google::protobuf::Descriptor*>& types) {
  std::string names;
  for (const auto* type : types) names += (names.empty() ? "" : ", ") + type->full_name();
  return names;
}

std::unique_ptr<google::protobuf::Message> command_of(
    const std::vector<const google::protobuf::Descriptor*>& types, const std::string& type,
    const std::string& data) {
  const auto found =
      std::ranges::find(types, type, [](const auto* known) { return known->full_name(); });
  if (found == types.end()) return nullptr;
  const auto* empty = google::protobuf::MessageFactory::generated_factory()->GetPrototype(*found);
  std::unique_ptr<google::protobuf::Message> command(empty->New());
  TIDEMARK_ASSERT(command->ParseFromString(data), "a command of our own making can be decoded");
  return command;
}

}  // namespace tidemark::testing
