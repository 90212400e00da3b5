#include <string>
#include <type_traits>

#include "contract/store/forwarding_engine.hpp"
#include "contract/store/model_check.hpp"
#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

/// Leaves the last event out of what a backward read by a tag shows, when there are three.
class LosesEvent final : public ForwardingEngine {
 public:
  using ForwardingEngine::ForwardingEngine;
  ReadEnd read(const ReadQuery& query, const Visitor& visit) override {
    if (query.criteria.empty() || query.direction == Direction::forward) {
      return ForwardingEngine::read(query, visit);
    }
    std::uint64_t shown = 0;
    return ForwardingEngine::read(
        query, [&](const EventView& event) { return ++shown == 3 || visit(event); });
  }
};

/// Takes a stream for new when it is written to after its second deletion.
class ForgetsDeletion final : public ForwardingEngine {
 public:
  using ForwardingEngine::ForwardingEngine;
  Result<LifeCycleChanged, LifeCycleError> change(LifeCycleChange change) override {
    if (std::holds_alternative<DeleteStream>(change.what)) ++deletions_;
    return ForwardingEngine::change(std::move(change));
  }
  StreamState stream_state(const StreamId& stream) override {
    auto state = ForwardingEngine::stream_state(stream);
    if (deletions_ >= 2 && state.exists()) state.deleted_through = StreamVersion();
    return state;
  }

 private:
  int deletions_ = 0;
};

/// Now and then tells an append that is repeated that it is new.
class ForgetsRepetition final : public ForwardingEngine {
 public:
  using ForwardingEngine::ForwardingEngine;
  Result<Appended, AppendError> append(Append append) override {
    auto result = ForwardingEngine::append(std::move(append));
    if (result.has_value() && result->repeated && result->last != Position() && ++repeated_ == 3) {
      result->repeated = false;
    }
    return result;
  }

 private:
  int repeated_ = 0;
};

/// The store of a place with a defect.
template <typename Place, typename Defect>
class DefectivePlace final : public TestedStore {
 public:
  std::unique_ptr<StoreEngine> open() override { return std::make_unique<Defect>(place_.open()); }
  ManualClock& clock() override { return place_.clock(); }
  [[nodiscard]] bool survives() const override { return false; }

 private:
  TestedPlace<Place> place_;
};

/// What is found, in the first few programs, of a defect.
template <typename Place, typename Defect>
ModelFailure failure_of() {
  const FreshStore fresh = [] { return std::make_unique<DefectivePlace<Place, Defect>>(); };
  ModelTally tally;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    if (auto failure = check_model(fresh, seed, 1000, tally)) return *std::move(failure);
  }
  FAIL("the defect was not found");
  return {};
}

[[maybe_unused]] std::string last_line_of_program(const ModelFailure& failure) {
  return to_string(failure.program.back());
}

TEST_SUITE("store/model") {
  TEST_CASE_TEMPLATE_DEFINE("a store answers what its model answers", Place, model) {
    constexpr auto programs = Place::model_programs;
    constexpr std::uint64_t operations = 1000;
    ModelTally tally;
    const FreshStore fresh = [] { return std::make_unique<TestedPlace<Place>>(); };
    for (std::uint64_t seed = 1; seed <= programs; ++seed) {
      const auto failure = check_model(fresh, seed, operations, tally);
      if (failure) FAIL(to_string(*failure));
    }
    CHECK(tally.operations == programs * operations);
    CHECK(tally.stored > programs * operations / 4);
  }
  TEST_CASE_TEMPLATE_APPLY(model, Stores);

#ifndef TIDEMARK_STORES_IN_POSTGRES  // about the check itself, whatever the engine
  using FirstPlace = std::tuple_element_t<0, Stores>;

  TEST_CASE("an event that a read leaves out is found and shown in four operations") {
    const auto failure = failure_of<FirstPlace, LosesEvent>();
    CHECK(failure.program.size() <= 4);
    CHECK(last_line_of_program(failure).starts_with("read"));
    CHECK(last_line_of_program(failure).find("backward") != std::string::npos);
    const auto text = to_string(failure);
    CHECK(text.find("shrunk to") != std::string::npos);
    CHECK(text.find("the model says: @") != std::string::npos);
  }

  TEST_CASE("a deletion that is forgotten is found and shown in few operations") {
    const auto failure = failure_of<FirstPlace, ForgetsDeletion>();
    CHECK(failure.program.size() <= 5);
    CHECK(last_line_of_program(failure).starts_with("state of"));
    CHECK(failure.difference.model != failure.difference.store);
  }

  TEST_CASE("a repetition that is forgotten is found and shown in few operations") {
    const auto failure = failure_of<FirstPlace, ForgetsRepetition>();
    CHECK(failure.program.size() <= 6);
    CHECK(failure.difference.model.find("repeated") != std::string::npos);
    CHECK(failure.difference.store.find("repeated") == std::string::npos);
  }
#endif
}

}  // namespace
}  // namespace tidemark::store
