#include "causes.hpp"

#include <tidemark/saga/journal.pb.h>

namespace tidemark::admin {
namespace {

constexpr std::size_t nobody = static_cast<std::size_t>(-1);

template <typename Record>
std::optional<Record> parse_as(const RecordedEvent& event) {
  Record record;
  if (event.type() != Record::descriptor()->full_name()) return std::nullopt;
  if (!record.ParseFromArray(event.data().data(), static_cast<int>(event.data().size()))) {
    return std::nullopt;
  }
  return record;
}

class Finder {
 public:
  Causes find(const std::vector<RecordedEvent>& events) {
    for (const auto& event : events) take(event);
    for (std::size_t i = 0; i < causes_.deeds.size(); ++i) {
      const auto cause = cause_of(i);
      // What comes later in the log cannot be a cause; a broken journal must not make a circle.
      if (cause < i) {
        causes_.deeds[cause].effects.push_back(i);
      } else {
        causes_.roots.push_back(i);
      }
    }
    return std::move(causes_);
  }

 private:
  void take(const RecordedEvent& event) {
    const auto& metadata = event.metadata();
    auto append = to_string(metadata.append_id);
    if (causes_.deeds.empty() || causes_.deeds.back().id != append) {
      by_append_.emplace(append, causes_.deeds.size());
      causes_.deeds.push_back(
          {.id = std::move(append), .events = {}, .command = {}, .effects = {}});
    }
    const auto deed = causes_.deeds.size() - 1;
    causes_.deeds[deed].events.push_back(event);
    by_event_.emplace(to_string(metadata.event_id), deed);
    if (const auto record = parse_as<saga::v1::Transitioned>(event)) {
      for (const auto& command : record->commands()) {
        sent_by_.emplace(command.id(), deed);
        types_.emplace(command.id(), command.type());
      }
    }
  }

  std::size_t cause_of(std::size_t index) {
    auto& deed = causes_.deeds[index];
    if (const auto type = types_.find(deed.id); type != types_.end()) deed.command = type->second;
    if (const auto sender = sent_by_.find(deed.id); sender != sent_by_.end()) return sender->second;
    const std::string cause(deed.events.front().metadata().causation_id);
    if (const auto event = by_event_.find(cause); event != by_event_.end()) return event->second;
    const auto append = by_append_.find(cause);
    if (append != by_append_.end() && append->second != index) return append->second;
    return before_in_stream(index);
  }

  /// A timer, or a person: the step follows the one before of its saga.
  std::size_t before_in_stream(std::size_t index) {
    const auto& first = causes_.deeds[index].events.front();
    if (!first.metadata().stream.starts_with("saga.")) return nobody;
    for (std::size_t i = index; i-- > 0;) {
      for (const auto& event : causes_.deeds[i].events) {
        if (event.metadata().stream == first.metadata().stream) return i;
      }
    }
    return nobody;
  }

  Causes causes_;
  std::map<std::string, std::size_t> by_append_, by_event_;
  std::map<std::string, std::size_t> sent_by_;  ///< command id → the deed that sent it
  std::map<std::string, std::string> types_;    ///< command id → its type
};

}  // namespace

Causes find_causes(const std::vector<RecordedEvent>& events) { return Finder().find(events); }

}  // namespace tidemark::admin
