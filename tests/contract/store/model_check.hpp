#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "contract/store/model_operation.hpp"
#include "contract/store/model_store.hpp"
#include "tidemark/base/clock.hpp"

namespace tidemark::store {

/// An empty store of its own for one run, and the clock that it goes by.
class TestedStore {
 public:
  virtual ~TestedStore() = default;
  virtual std::unique_ptr<StoreEngine> open() = 0;
  virtual ManualClock& clock() = 0;
  /// What was stored is there when it is opened again.
  [[nodiscard]] virtual bool survives() const = 0;
};
using FreshStore = std::function<std::unique_ptr<TestedStore>()>;

/// Limits of the tested stores: small, so that they are met.
constexpr ModelStore::Limits model_limits{.events_max = 50, .data_size_max = 1000};

/// One of the places of the contract suites.
template <typename Place>
class TestedPlace final : public TestedStore {
 public:
  TestedPlace() {
    place_.options.events_max = model_limits.events_max;
    place_.options.data_size_max = model_limits.data_size_max;
    place_.options.group_max = 3;
  }
  std::unique_ptr<StoreEngine> open() override { return place_.open(); }
  ManualClock& clock() override { return place_.clock; }
  [[nodiscard]] bool survives() const override { return Place::survives; }

 private:
  Place place_;
};

/// Where store and model gave different answers.
struct Difference {
  std::size_t at = 0;  ///< the operation, in its program
  std::string model, store;
};

/// What was done so far.
struct ModelTally {
  std::uint64_t operations = 0;
  std::uint64_t stored = 0;                    ///< events
  std::uint64_t shown = 0;                     ///< events, by reads
  std::uint64_t refused = 0;                   ///< appends, imports and changes
  std::map<std::string, std::uint64_t> kinds;  ///< operations by their first word
};

/// A store and the model of it, side by side.
class ModelRun {
 public:
  explicit ModelRun(const FreshStore& fresh);
  /// Does the operation to both and compares the answers.
  std::optional<Difference> apply(const Operation& operation);
  /// Applies all, up to the first difference.
  std::optional<Difference> apply(const Program& program);

  [[nodiscard]] const ModelStore& model() const { return model_; }
  /// What both answered to the last operation, if it was the same.
  [[nodiscard]] const std::string& answer() const { return answer_; }
  [[nodiscard]] const Clock& clock() const { return tested_->clock(); }

 private:
  void move_clock(UtcTime to);
  void remember_chain();
  std::string verify();

  std::unique_ptr<TestedStore> tested_;
  ModelStore model_;
  std::unique_ptr<StoreEngine> store_;
  std::map<Position, ChainHash> chains_;  ///< as they were when their events were new
  std::size_t applied_ = 0;
  std::string answer_;
};

/// A difference with the program that shows it, as short as it could be made.
struct ModelFailure {
  std::uint64_t seed = 0;
  std::size_t found_after = 0;  ///< operations of the random program
  Program program;
  Difference difference;
};
/// The program, one operation a line, and the two answers where they part.
std::string to_string(const ModelFailure& failure);

/// Runs a random program of so many operations on a fresh store.
std::optional<ModelFailure> check_model(const FreshStore& fresh, std::uint64_t seed,
                                        std::uint64_t operations, ModelTally& tally);

/// Takes away operations, and then parts of operations, as long as what is left still shows a
/// difference; tries at most `trials_max` programs.
ModelFailure shrink(const FreshStore& fresh, Program program, std::uint64_t trials_max);

}  // namespace tidemark::store
