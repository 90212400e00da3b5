#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "contract/store/model_check.hpp"
#include "contract/store/model_text.hpp"

namespace tidemark::store {
namespace {

using Candidates = std::vector<Operation>;

/// `values` without those from `at` on, `count` of them.
template <typename Value>
std::vector<Value> without(const std::vector<Value>& values, std::size_t at, std::size_t count) {
  std::vector<Value> rest;
  rest.reserve(values.size());
  for (std::size_t index = 0; index < values.size(); ++index) {
    if (index < at || index >= at + count) rest.push_back(values[index]);
  }
  return rest;
}

/// Appends that do nothing are programming errors.
bool does_something(const Append& append) {
  const bool has_write =
      std::any_of(append.streams.begin(), append.streams.end(), [](const StreamWrite& write) {
        return !write.events.empty() || write.expected.kind() != ExpectedState::Kind::any;
      });
  return has_write || append.answer || append.condition;
}

/// Plainer forms of an operation.
class Simpler {
 public:
  std::vector<Append> appends(const Append& append) {
    std::vector<Append> found;
    const auto add = [&](auto change) {
      auto changed = append;
      change(changed);
      if (does_something(changed)) found.push_back(std::move(changed));
    };
    if (append.condition) add([](Append& to) { to.condition.reset(); });
    if (append.answer) add([](Append& to) { to.answer.reset(); });
    if (append.on_duplicate == OnDuplicate::skip) {
      add([](Append& to) { to.on_duplicate = OnDuplicate::refuse; });
    }
    for (std::size_t at = 0; at < append.streams.size(); ++at) {
      add([&](Append& to) { to.streams = without(to.streams, at, 1); });
      const auto& write = append.streams[at];
      if (write.expected.kind() != ExpectedState::Kind::any) {
        add([&](Append& to) { to.streams[at].expected = ExpectedState::any(); });
      }
      for (std::size_t index = 0; index < write.events.size(); ++index) {
        add([&](Append& to) { to.streams[at].events = without(to.streams[at].events, index, 1); });
        for (const auto& plain : events(write.events[index])) {
          add([&](Append& to) { to.streams[at].events[index] = plain; });
        }
      }
    }
    return found;
  }

  Candidates operator()(const Append& append) { return of(appends(append)); }
  Candidates operator()(const AppendGroup& group) {
    Candidates found;
    for (const auto& append : group.appends) found.emplace_back(append);
    for (std::size_t at = 0; at < group.appends.size(); ++at) {
      if (group.appends.size() > 1) found.emplace_back(AppendGroup{without(group.appends, at, 1)});
      for (auto& plain : appends(group.appends[at])) {
        auto changed = group;
        changed.appends[at] = std::move(plain);
        found.emplace_back(std::move(changed));
      }
    }
    return found;
  }
  Candidates operator()(const Import& batch) {
    Candidates found;
    for (auto count = batch.events.size() / 2; count > 0; count /= 2) {
      for (std::size_t at = 0; at < batch.events.size(); at += count) {
        found.emplace_back(Import{.id = batch.id, .events = without(batch.events, at, count)});
      }
    }
    if (batch.events.size() > 5) return found;
    for (std::size_t at = 0; at < batch.events.size(); ++at) {
      auto changed = batch;
      changed.events[at].recorded_at.reset();
      if (batch.events[at].recorded_at) found.emplace_back(changed);
      for (const auto& plain : events(batch.events[at].event)) {
        changed = batch;
        changed.events[at].event = plain;
        found.emplace_back(changed);
      }
    }
    return found;
  }
  Candidates operator()(const ReadQuery& query) { return of(queries(query)); }
  Candidates operator()(const ReadPages& pages) {
    Candidates found;
    for (auto& query : queries(pages.query)) found.emplace_back(ReadPages{std::move(query)});
    return found;
  }
  Candidates operator()(const LifeCycleChange& change) {
    auto changed = change;
    changed.force = false;
    return change.force ? Candidates{changed} : Candidates{};
  }
  template <typename Other>
  Candidates operator()(const Other& /*operation*/) {
    return {};
  }

 private:
  template <typename Value>
  static Candidates of(const std::vector<Value>& values) {
    return Candidates(values.begin(), values.end());
  }

  static std::vector<NewEvent> events(const NewEvent& event) {
    std::vector<NewEvent> found;
    const NewEvent plain{.event_id = event.event_id,
                         .type = event.type,
                         .data = event.data,
                         .event_time = event.event_time,
                         .correlation_id = event.correlation_id,
                         .tags = event.tags};
    const bool is_plain = event.causation_id.empty() && event.tenant.empty() &&
                          event.headers.empty() && !event.ingested_at && event.schema == 1;
    if (!is_plain) found.push_back(plain);
    if (!event.correlation_id.empty()) (found.emplace_back(event)).correlation_id.clear();
    for (std::size_t at = 0; at < std::min<std::size_t>(event.tags.size(), 8); ++at) {
      found.emplace_back(event).tags = without(event.tags, at, 1);
    }
    if (event.data.size() > 1) found.emplace_back(event).data = "x";
    return found;
  }

  static std::vector<ReadQuery> queries(const ReadQuery& query) {
    std::vector<ReadQuery> found;
    const auto add = [&](auto change) { change(found.emplace_back(query)); };
    if (query.from) add([](ReadQuery& to) { to.from.reset(); });
    if (query.category) add([](ReadQuery& to) { to.category.reset(); });
    if (!query.types.empty()) add([](ReadQuery& to) { to.types.clear(); });
    if (query.correlation_id) add([](ReadQuery& to) { to.correlation_id.reset(); });
    if (query.limit < 1000) add([](ReadQuery& to) { to.limit = 1000; });
    if (query.direction == Direction::backward) {
      add([](ReadQuery& to) { to.direction = Direction::forward; });
    }
    for (std::size_t at = 0; at < query.criteria.size(); ++at) {
      add([&](ReadQuery& to) { to.criteria = without(to.criteria, at, 1); });
      for (std::size_t tag = 0; tag < query.criteria[at].tags.size(); ++tag) {
        add([&](ReadQuery& to) { to.criteria[at].tags = without(to.criteria[at].tags, tag, 1); });
      }
      if (!query.criteria[at].types.empty()) {
        add([&](ReadQuery& to) { to.criteria[at].types.clear(); });
      }
    }
    return found;
  }
};

/// A program that shows a difference, and gets shorter.
class Shrinker {
 public:
  Shrinker(const FreshStore& fresh, Program program, std::uint64_t trials_max)
      : fresh_(fresh), trials_left_(trials_max) {
    found_.program = std::move(program);
    take(found_.program);
  }

  ModelFailure shrink() {
    for (bool shorter = true; shorter && trials_left_ > 0;) {
      shorter = drop_operations();
      shorter = simplify_operations() || shorter;
    }
    return std::move(found_);
  }

 private:
  /// Keeps `program`, up to its difference, if it shows one.
  bool take(const Program& program) {
    if (trials_left_ == 0) return false;
    --trials_left_;
    auto difference = ModelRun(fresh_).apply(program);
    if (!difference) return false;
    found_.program.assign(program.begin(),
                          program.begin() + static_cast<std::ptrdiff_t>(difference->at) + 1);
    found_.difference = *std::move(difference);
    return true;
  }

  bool drop_operations() {
    bool dropped = false;
    for (auto count = std::max<std::size_t>(found_.program.size() / 2, 1); count > 0; count /= 2) {
      for (std::size_t at = 0; at < found_.program.size();) {
        if (take(without(Program(found_.program), at, count))) {
          dropped = true;
        } else {
          at += count;
        }
      }
    }
    return dropped;
  }

  bool simplify_operations() {
    bool simplified = false;
    for (std::size_t at = 0; at < found_.program.size(); ++at) {
      for (bool simpler = true; simpler && at < found_.program.size();) {
        simpler = simplify(at);
        simplified = simplified || simpler;
      }
    }
    return simplified;
  }

  bool simplify(std::size_t at) {
    const auto program = found_.program;
    const auto candidates = std::visit(Simpler(), program[at]);
    return std::any_of(candidates.begin(), candidates.end(), [&](const Operation& candidate) {
      auto changed = program;
      changed[at] = candidate;
      return take(changed);
    });
  }

  const FreshStore& fresh_;
  std::uint64_t trials_left_;
  ModelFailure found_;
};

/// The first line of each text at which they part.
std::pair<std::string, std::string> parting_lines(const std::string& one,
                                                  const std::string& other) {
  std::istringstream ones(one);
  std::istringstream others(other);
  std::string line;
  std::string other_line;
  while (true) {
    line = other_line = "(nothing)";
    const bool has_line = static_cast<bool>(std::getline(ones, line));
    const bool has_other = static_cast<bool>(std::getline(others, other_line));
    if (!has_line) line = "(nothing)";
    if (!has_other) other_line = "(nothing)";
    if (line != other_line || (!has_line && !has_other)) return {line, other_line};
  }
}

}  // namespace

ModelFailure shrink(const FreshStore& fresh, Program program, std::uint64_t trials_max) {
  return Shrinker(fresh, std::move(program), trials_max).shrink();
}

std::string to_string(const ModelFailure& failure) {
  auto text = fmt::format("seed {}, found after {} operations, shrunk to {}:\n", failure.seed,
                          failure.found_after, failure.program.size());
  for (std::size_t at = 0; at < failure.program.size(); ++at) {
    text += fmt::format("{:4}  {}\n", at + 1, to_string(failure.program[at]));
  }
  const auto [model, store] = parting_lines(failure.difference.model, failure.difference.store);
  return text + fmt::format("the model says: {}\nthe store says: {}\n", printable(model),
                            printable(store));
}

}  // namespace tidemark::store
