#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tidemark/projection/handler.hpp"
#include "tidemark/projection/projection_worker.hpp"

namespace tidemark::projection {

/// One generation with everything that feeds it.
class FedModel {
 public:
  /// What it needs; all outlives it.
  struct Parts {
    const ProjectionModel& model;
    const ProjectionWorkerOptions& options;
    const Clock& clock;
  };
  /// Opens the generation's file, and makes it when it is new.
  FedModel(const Parts& parts, Generation generation);

  /// A bounded amount of feeding. Throws as `FeedWorker` does.
  runtime::Step step();
  void stop() noexcept { worker_.stop(); }
  [[nodiscard]] runtime::WorkerReport report() const { return worker_.report(); }
  [[nodiscard]] feed::Source::Extent extent() const { return worker_.extent(); }
  [[nodiscard]] const Generation& generation() const { return generation_; }
  [[nodiscard]] sql::Database& file() { return *file_; }
  /// Has committed everything up to where `other` is committed.
  [[nodiscard]] bool has_reached(FedModel& other);
  /// What of a topic `other` holds and this one can never have, because retention has cut it; none
  /// when it is all there, as far as it has read.
  [[nodiscard]] std::optional<std::string> cut_against(FedModel& other);
  [[nodiscard]] std::uint64_t events_per_second() const;

 private:
  const Generation generation_;
  const Clock& clock_;
  std::unique_ptr<sql::Database> file_;
  ProjectionHandler handler_;
  feed::FeedWorker worker_;
  std::optional<Micros> first_step_at_;
  std::uint64_t first_done_ = 0;
};

}  // namespace tidemark::projection
