#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/schema/envelope.hpp"

namespace tidemark::admin {

/// What one append did: a command that an aggregate decided, a fact that came in, or a step of a
/// saga.
struct Deed {
  std::string id;                     ///< of the append; of a command its own
  std::vector<RecordedEvent> events;  ///< in order
  std::string command;                ///< its type, where the journal that sent it says so
  std::vector<std::size_t> effects;   ///< other deeds that it caused
};

/// The events of one conversation, put in order by what caused what.
struct Causes {
  std::vector<Deed> deeds;         ///< in the order of the log
  std::vector<std::size_t> roots;  ///< those that nothing of the conversation caused
};

/// `events`: in the order of the log. Costs a look-up in a map for each.
Causes find_causes(const std::vector<RecordedEvent>& events);

}  // namespace tidemark::admin
