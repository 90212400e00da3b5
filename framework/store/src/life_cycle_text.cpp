#include <fmt/format.h>

#include "tidemark/store/life_cycle.hpp"

namespace tidemark::store {
namespace {

std::string sentence(const Conflict& conflict) { return to_string(AppendError(conflict)); }
std::string sentence(const StreamDeleted& deleted) { return to_string(AppendError(deleted)); }

std::string sentence(const ConsumerBehind& behind) {
  return fmt::format(
      "store.consumer_behind: '{}' is at {} and would lose events up to {}: wait for it, forget it "
      "if it is no more, or force the change and say why",
      behind.consumer, behind.at.value(), behind.last.value());
}

std::string sentence(const NothingThere& nothing) {
  return fmt::format("store.nothing_there: there is no {}", nothing.what);
}

std::string sentence(const BadChange& bad) {
  return fmt::format("store.bad_change: {}: {}", bad.field, bad.message);
}

}  // namespace

std::string to_string(const LifeCycleError& error) {
  return std::visit([](const auto& which) { return sentence(which); }, error);
}

}  // namespace tidemark::store
