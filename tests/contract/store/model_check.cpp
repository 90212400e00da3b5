#include "contract/store/model_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "contract/store/model_generator.hpp"
#include "contract/store/model_text.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t rounds_max = 100'000;

/// Does operations to a store or to the model of it, and says in one form what they answered.
template <typename Store>
class Performer {
 public:
  explicit Performer(Store& store) : store_(store) {}

  std::string operator()(const Append& append) { return text_of(store_.append(append)); }
  std::string operator()(const Import& batch) { return text_of(store_.import(batch)); }
  std::string operator()(const AppendGroup& group) {
    std::vector<std::string> texts;
    if constexpr (std::is_same_v<Store, ModelStore>) {
      for (const auto& append : group.appends) texts.push_back((*this)(append));
    } else {
      std::vector<Ticket> tickets;
      tickets.reserve(group.appends.size());
      for (const auto& append : group.appends) tickets.push_back(store_.submit(append));
      texts.resize(tickets.size());
      for (std::size_t at = tickets.size(); at-- > 0;) texts[at] = text_of(tickets[at].wait());
    }
    return fmt::format("{}", fmt::join(texts, "\n"));
  }

  std::string operator()(const ReadQuery& query) {
    std::string text;
    const auto end = store_.read(query, adding_to(text));
    return text + text_of(end);
  }
  std::string operator()(const ReadPages& pages) {
    std::string text;
    auto query = pages.query;
    const bool forward = query.direction == Direction::forward;
    for (std::uint64_t round = 0; round < rounds_max; ++round) {
      const ReadEnd end = store_.read(query, adding_to(text));
      if (end.at_end) return text;
      if (query.from && (forward ? end.scanned < *query.from : end.scanned > *query.from)) break;
      query.from = forward ? end.scanned.next() : Position(end.scanned.value() - 1);
    }
    return text + "the pages do not come to an end";
  }
  std::string operator()(const StreamQuery& query) {
    std::string text;
    const auto end = store_.read_stream(query, adding_to(text));
    return text + text_of(end);
  }

  std::string operator()(const AskStream& ask) {
    return text_of(store_.stream_state(ask.stream)) + ", " + text_of(store_.retention(ask.stream));
  }
  std::string operator()(const ListStreams& list) {
    return text_of(store_.streams(list.category, list.after, list.limit));
  }
  std::string operator()(const FindEvent& find) {
    std::string text;
    if (const auto found = store_.find_event(find.id)) add_text(text, found->view());
    return text;
  }
  std::string operator()(const FindAppend& find) { return text_of(store_.find_append(find.id)); }
  std::string operator()(const FindPosition& find) {
    return fmt::format("@{}", store_.position_at(find.recorded_at).value());
  }
  std::string operator()(const LifeCycleChange& change) { return text_of(store_.change(change)); }
  std::string operator()(const ListSkipped& list) {
    return text_of(store_.skipped_events(list.after, list.limit));
  }
  std::string operator()(const CompactAll& compact) {
    Compacted all{.more = true};
    for (std::uint64_t round = 0; all.more && round < rounds_max; ++round) {
      const auto done = store_.compact(compact.events_max);
      all = {.events = all.events + done.events,
             .data_bytes = all.data_bytes + done.data_bytes,
             .more = done.more,
             .waits_for = done.waits_for};
    }
    return fmt::format("{} events, {} bytes, waits for '{}'", all.events, all.data_bytes,
                       all.waits_for);
  }
  std::string operator()(const ReportConsumer& report) {
    store_.report_consumers({report.consumer});
    return "reported";
  }
  std::string operator()(const ListConsumers& /*list*/) { return text_of(store_.consumers()); }
  std::string operator()(const ForgetConsumer& forget) {
    return store_.forget_consumer(forget.name) ? "forgotten" : "unknown";
  }
  std::string operator()(const SetProperty& set) {
    store_.set_property(set.name, set.value);
    return "set";
  }
  std::string operator()(const AskProperty& ask) {
    const auto value = store_.property(ask.name);
    return value ? "'" + *value + "'" : "none";
  }
  std::string operator()(const RegisterType& type) {
    return fmt::format("{}", store_.register_type(type.type, type.fingerprint));
  }
  std::string operator()(const AskFacts& /*facts*/) {
    if constexpr (std::is_same_v<Store, ModelStore>) {
      return fmt::format("{} events in {} streams", store_.high_water().value(),
                         store_.stream_count());
    } else {
      const auto facts = store_.facts(false);
      return fmt::format("{} events in {} streams", facts.events, facts.streams);
    }
  }

 private:
  static Visitor adding_to(std::string& text) {
    return [&text](const EventView& event) {
      add_text(text, event);
      return true;
    };
  }

  Store& store_;
};

template <typename Store>
std::string perform(Store& store, const Operation& operation) {
  return std::visit(
      [&](const auto& what) -> std::string {
        if constexpr (std::is_invocable_v<Performer<Store>, decltype(what)>) {
          return Performer<Store>(store)(what);
        } else {
          return {};
        }
      },
      operation);
}

void count(const Operation& operation, const std::string& answer, ModelTally& tally) {
  ++tally.operations;
  const auto text = to_string(operation);
  ++tally.kinds[text.substr(0, text.find(' '))];
  const bool reads = std::holds_alternative<ReadQuery>(operation) ||
                     std::holds_alternative<ReadPages>(operation) ||
                     std::holds_alternative<StreamQuery>(operation);
  if (reads) {
    tally.shown += static_cast<std::uint64_t>(
        std::count_if(answer.begin(), answer.end(), [](char c) { return c == '@'; }));
  }
  const bool writes = std::holds_alternative<Append>(operation) ||
                      std::holds_alternative<Import>(operation) ||
                      std::holds_alternative<LifeCycleChange>(operation);
  const bool accepted = answer.starts_with('@') || answer.find(" events") != std::string::npos;
  if (writes && !accepted) ++tally.refused;
}

}  // namespace

ModelRun::ModelRun(const FreshStore& fresh)
    : tested_(fresh()), model_(tested_->clock(), model_limits), store_(tested_->open()) {}

std::optional<Difference> ModelRun::apply(const Operation& operation) {
  Difference difference{.at = applied_++, .model = {}, .store = {}};
  if (const auto* move = std::get_if<MoveClock>(&operation)) {
    move_clock(move->to);
    return std::nullopt;
  }
  const auto before = model_.high_water();
  try {
    if (std::holds_alternative<Reopen>(operation) && tested_->survives()) {
      store_.reset();
      store_ = tested_->open();
    } else if (std::holds_alternative<Maintain>(operation)) {
      for (std::uint64_t round = 0; round < rounds_max && store_->maintain();) ++round;
    } else if (std::holds_alternative<VerifyLog>(operation)) {
      difference.store = verify();
    } else {
      difference.store = perform(*store_, operation);
    }
    difference.model = perform(model_, operation);
    if (model_.high_water() != before) remember_chain();
  } catch (const Failure& failure) {
    difference.store = std::string("failed: ") + failure.what();
  }
  answer_ = difference.model;
  if (difference.model == difference.store) return std::nullopt;
  return difference;
}

std::optional<Difference> ModelRun::apply(const Program& program) {
  for (const auto& operation : program) {
    if (auto difference = apply(operation)) return difference;
  }
  return std::nullopt;
}

void ModelRun::move_clock(UtcTime to) {
  tested_->clock().jump_to(std::max(to, model_.last_expiry()));
}

void ModelRun::remember_chain() {
  if (const auto chain = store_->chain_at(model_.high_water())) {
    chains_[model_.high_water()] = *chain;
  }
}

/// Nothing, or what is wrong.
std::string ModelRun::verify() {
  const auto verified = store_->verify({});
  if (verified.damage) return verified.damage->code + ": " + verified.damage->message;
  const auto end = model_.high_water();
  if (verified.events != end.value() || store_->high_water() != end) return "verified another log";
  if (store_->chain_at(end) != verified.head) return "verified another chain";
  if (store_->chain_at(end.next())) return "the chain is longer than the log";
  for (const auto& [position, chain] : chains_) {
    if (store_->chain_at(position) == chain) continue;
    return fmt::format("the chain at @{} is another than it was", position.value());
  }
  return {};
}

std::optional<ModelFailure> check_model(const FreshStore& fresh, std::uint64_t seed,
                                        std::uint64_t operations, ModelTally& tally) {
  ModelRun run(fresh);
  SeededRandom random(seed);
  ModelGenerator generator(random, run.model(), run.clock());
  Program program;
  program.reserve(operations);
  while (program.size() < operations) {
    program.push_back(generator.next());
    if (!run.apply(program.back())) {
      count(program.back(), run.answer(), tally);
      continue;
    }
    constexpr std::uint64_t trials_max = 1500;
    const auto found_after = program.size();
    auto failure = shrink(fresh, std::move(program), trials_max);
    failure.seed = seed;
    failure.found_after = found_after;
    return failure;
  }
  tally.stored += run.model().high_water().value();
  return std::nullopt;
}

}  // namespace tidemark::store
