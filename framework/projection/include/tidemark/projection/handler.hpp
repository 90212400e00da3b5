#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/feed/handler.hpp"
#include "tidemark/projection/model.hpp"

namespace tidemark::projection {

class TableState;

/// Creates the tables of a read model in `file`, or checks that they are those of `model`: its
/// rows, closed windows and the feed's own. Throws `Failure` "projection.layout_changed" when the
/// file was made for another layout of the same version, and "projection.foreign" when it is
/// another projection's.
void prepare_model_file(sql::Database& file, const ProjectionModel& model);

/// How a read model is fed: folds deliveries into rows, and closes windows.
///
/// Watermark: the largest event time of what was handled, in position order; from Kafka one per
/// partition, of which the smallest counts, without those that are idle. A window closes when the
/// watermark reaches its end plus the allowed lateness, judged after the event that moved it; so
/// what closes, in which order and with which rows depends on the events alone and not on how they
/// were batched. An event for a row whose window was closed is late: it is counted, and the window
/// is due again when the watermark has moved on by the allowed lateness; if the row has changed by
/// then, that is its next revision.
class ProjectionHandler final : public feed::Handler {
 public:
  /// `file` was prepared with `prepare_model_file`; model, file and clock outlive the handler.
  /// `clock` only decides which partitions are idle.
  ProjectionHandler(const ProjectionModel& model, sql::Database& file, const Clock& clock);
  ~ProjectionHandler() override;

  [[nodiscard]] const std::vector<std::string>& types() const override { return types_; }
  void handle(const feed::Delivery& delivery) override;
  void write(sql::Database& file) override;
  void forget() noexcept override;
  [[nodiscard]] bool wants_commit() const override;

 private:
  [[nodiscard]] std::size_t type_index(std::string_view type) const;

  const std::unique_ptr<Folder> folder_;
  const std::vector<std::string> types_;
  const std::unique_ptr<TableState> table_;
};

}  // namespace tidemark::projection
