#include "tidemark/testing/given.hpp"

#include <fmt/format.h>

#include "check.hpp"
#include "difference.hpp"

namespace tidemark::testing::detail {
namespace {

bool equal(const Decision& a, const Decision& b) {
  return a.kind() == b.kind() && a.rejection().code == b.rejection().code &&
         a.rejection().detail == b.rejection().detail && difference(a.events(), b.events()).empty();
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
    const auto differing = difference(expected.events(), decision_.events());
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

}  // namespace tidemark::testing::detail
