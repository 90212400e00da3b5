#include "watched_saga.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tidemark::testing {

bool equal(const std::vector<Outbox::Sent>& a, const std::vector<Outbox::Sent>& b) {
  return std::ranges::equal(
      a, b, [](const auto& x, const auto& y) { return x.type == y.type && x.data == y.data; });
}

std::string WatchedSaga::take_complaint() { return std::exchange(complaint_, {}); }

saga::Reply WatchedSaga::run(std::string_view state, std::string_view data,
                             const saga::Input& input) const {
  auto reply = model_.run(state, data, input);
  const auto again = model_.run(state, data, input);
  ignored_last_ = reply.kind == saga::Reply::Kind::unexpected;
  const bool alike = reply.kind == again.kind && reply.row == again.row && reply.to == again.to &&
                     reply.data == again.data && equal(reply.commands, again.commands);
  if (!alike) {
    complaint_ = fmt::format(
        "in state '{}' {} was handled twice, and not alike: guards and actions"
        " may look at nothing but what they are given",
        state, input.type);
  }
  return reply;
}

}  // namespace tidemark::testing
