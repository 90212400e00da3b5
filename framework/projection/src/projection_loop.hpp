#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "fed_model.hpp"
#include "tidemark/runtime/guarded.hpp"
#include "tidemark/sql/place.hpp"

namespace tidemark::projection {

/// What a `ProjectionWorker` does: holds the live generation and those beside it, in the roles that
/// "models.db" gives them, and swaps.
class ProjectionLoop {
 public:
  ProjectionLoop(std::unique_ptr<const ProjectionModel> model, ProjectionWorkerOptions options,
                 const Clock& clock);

  [[nodiscard]] const std::string& name() const { return name_; }
  runtime::Step step();
  [[nodiscard]] runtime::WorkerReport report() const;
  void stop() noexcept;
  [[nodiscard]] Position checkpoint() const { return Position(published_.lock()->report.done); }
  [[nodiscard]] std::optional<RebuildProgress> progress() const {
    return published_.lock()->progress;
  }

 private:
  /// A generation in memory, and what it last failed with.
  struct Fed {
    std::unique_ptr<FedModel> model;
    std::optional<Problem> problem;
    std::optional<Micros> next_try_at;  ///< on the monotonic clock
    bool stepped = false;               ///< it knows where it stands
  };
  static bool goes_on(const Fed& fed) { return fed.model && !fed.problem; }
  struct Published {
    runtime::WorkerReport report;
    std::optional<RebuildProgress> progress;
  };

  void take_turn();
  void look_at_models();
  void give_up_missing();
  void begin_first_or_new_version();
  [[nodiscard]] std::optional<Generation> feedable(GenerationState state) const;
  void leave_role(Fed& fed, GenerationState state);
  void take_role(Fed& fed, GenerationState state);
  void let_go() noexcept;
  void remove_retired();
  void copy_dropped(sql::Database& to);
  runtime::Step step_live();
  runtime::Step step_beside(Fed& fed);
  void refuse_what_is_cut(Fed& fed);
  void swap_when_reached();
  [[nodiscard]] bool shadow_has_caught_up();
  void link_live();
  void publish();
  [[nodiscard]] FedModel::Parts parts() const { return {*model_, options_, clock_}; }
  [[nodiscard]] const ProjectionFacts& facts() const { return model_->facts(); }

  const std::unique_ptr<const ProjectionModel> model_;
  const ProjectionWorkerOptions options_;
  const Clock& clock_;
  const std::string name_;
  Models models_;
  const std::shared_ptr<sql::Place> place_;  ///< where others of the process look, too
  const std::unique_ptr<sql::Lock> lock_;
  bool is_mine_ = false;                        ///< nobody else feeds or swaps
  std::optional<std::int64_t> models_version_;  ///< none: look at "models.db" again
  Fed live_;
  Fed shadow_;
  Fed previous_;
  std::set<std::uint64_t> removed_;      ///< retired generations of which nothing is left
  std::optional<Micros> show_again_at_;  ///< on the monotonic clock; none: the live one is shown
  std::optional<std::uint64_t> target_;  ///< the log's end when the shadow's building was taken up
  runtime::Guarded<Published> published_;
};

}  // namespace tidemark::projection
