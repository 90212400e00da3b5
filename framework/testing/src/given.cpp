#include "tidemark/testing/given.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "check.hpp"
#include "difference.hpp"

namespace tidemark::testing::detail {
namespace {

/// Where events go that should go elsewhere.
std::string difference(const std::vector<StreamId>& expected, const std::vector<StreamId>& actual) {
  std::string result;
  for (std::size_t i = 0; i < std::min(expected.size(), actual.size()); ++i) {
    if (expected[i] == actual[i]) continue;
    const auto name = [](const StreamId& stream) {
      return stream == StreamId() ? std::string("the command's own stream") : stream.name();
    };
    result += fmt::format("\n  event {}: goes to {}, not to {}", i + 1, name(actual[i]),
                          name(expected[i]));
  }
  return result;
}

bool equal(const Decision& a, const Decision& b) {
  return a.kind() == b.kind() && a.streams() == b.streams() &&
         a.rejection().code == b.rejection().code && a.rejection().detail == b.rejection().detail &&
         testing::difference(a.events(), b.events()).empty();
}

}  // namespace

Context Script::next_context() {
  if (unseen_ && decision_.kind() == Decision::Kind::rejected) {
    check("nobody looked at this: " + to_text(decision_), decided_at_);
  }
  SeededRandom random(commands_++);
  const auto id = command_id_.value_or(CommandId(Uuid::version7(event_time_, random)));
  return Context({.command_id = id, .event_time = event_time_});
}

void Script::decided(Decision decision, const Decision& again, std::source_location where) {
  if (!equal(decision, again)) {
    check(fmt::format("decide is not pure: asked twice, it answered {}\nand {}", to_text(decision),
                      to_text(again)),
          where);
  }
  decision_ = std::move(decision);
  decided_at_ = where;
  unseen_ = true;
}

void Script::expect_events(const EventList& expected) {
  unseen_ = false;
  std::string complaint;
  if (decision_.kind() == Decision::Kind::events) {
    auto differing = testing::difference(expected.events(), decision_.events());
    differing += difference(expected.streams(), decision_.streams());
    if (!differing.empty()) complaint = "not the events expected (-) but others (+)" + differing;
  } else {
    complaint = "expected events, got " + to_text(decision_);
  }
  check(complaint, expected.where());
}

void Script::expect_nothing(std::source_location where) {
  unseen_ = false;
  const bool holds = decision_.kind() == Decision::Kind::nothing;
  check(holds ? "" : "expected nothing, got " + to_text(decision_), where);
}

void Script::expect_rejection(std::string_view code, std::source_location where) {
  unseen_ = false;
  const bool holds =
      decision_.kind() == Decision::Kind::rejected && decision_.rejection().code == code;
  check(holds ? "" : fmt::format("expected rejected \"{}\", got {}", code, to_text(decision_)),
        where);
}

void Script::expect_known(Folded folded, const google::protobuf::Message& event,
                          std::source_location where) {
  if (folded == Folded::applied) return;
  check("the aggregate's Events do not name " + event.GetDescriptor()->full_name(), where);
}

void Script::expect_among(const std::vector<StreamId>& streams, const StreamId& stream,
                          std::source_location where) {
  if (std::ranges::find(streams, stream) != streams.end()) return;
  check(stream == StreamId()
            ? std::string("an event of a joint decision does not say where it goes")
            : fmt::format("an event goes to {}, on which it was not decided", stream.name()),
        where);
}

std::vector<Happened> happened(const Events& events, const std::vector<StreamId>& streams) {
  std::vector<Happened> all;
  for (std::size_t i = 0; i < events.size(); ++i) {
    std::unique_ptr<google::protobuf::Message> copy(events[i]->New());
    copy->CopyFrom(*events[i]);
    all.push_back(
        {.event = std::move(copy), .stream = i < streams.size() ? streams[i] : StreamId()});
  }
  return all;
}

}  // namespace tidemark::testing::detail
