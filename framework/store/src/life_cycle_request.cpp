#include "tidemark/store/life_cycle.hpp"
#include "tidemark/store/texts.hpp"

namespace tidemark::store {
namespace {

constexpr std::size_t who_size_max = 200;
constexpr std::size_t reason_size_max = 500;
constexpr std::uint64_t count_most = INT64_MAX;
constexpr Micros age_least = std::chrono::seconds(1);

/// What is wrong with what is asked for, by itself.
struct FlawOf {
  std::optional<BadChange> operator()(const DeleteStream& what) const {
    if (what.deletion != Deletion::none) return std::nullopt;
    return BadChange{.field = "deletion", .message = "is soft or hard"};
  }
  std::optional<BadChange> operator()(const TruncateStream&) const { return std::nullopt; }
  std::optional<BadChange> operator()(const Retention& what) const {
    if (what.count_max && *what.count_max == 0) {
      return BadChange{.field = "count_max", .message = "is at least 1"};
    }
    if (what.count_max.value_or(0) > count_most) {
      return BadChange{.field = "count_max", .message = "is at most 9223372036854775807"};
    }
    if (what.age_max && *what.age_max < age_least) {
      return BadChange{.field = "age_max", .message = "is at least a second"};
    }
    return std::nullopt;
  }
  std::optional<BadChange> operator()(const SkipEvent&) const { return std::nullopt; }
};

}  // namespace

std::optional<BadChange> find_flaw(const LifeCycleChange& change) {
  if (change.who.empty() || change.who.size() > who_size_max) {
    return BadChange{.field = "who", .message = "1 to 200 bytes name who changes it"};
  }
  if (change.reason.size() > reason_size_max) {
    return BadChange{.field = "reason", .message = "at most 500 bytes"};
  }
  constexpr const char* text = "is UTF-8 text without zero bytes";
  if (!is_text(change.who)) return BadChange{.field = "who", .message = text};
  if (!is_text(change.reason)) return BadChange{.field = "reason", .message = text};
  const auto* skip = std::get_if<SkipEvent>(&change.what);
  if (change.reason.empty() && (change.force || (skip != nullptr && skip->skipped))) {
    return BadChange{.field = "reason", .message = "skip and force need one"};
  }
  return std::visit(FlawOf{}, change.what);
}

}  // namespace tidemark::store
