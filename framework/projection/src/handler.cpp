#include "tidemark/projection/handler.hpp"

#include <algorithm>
#include <stdexcept>

#include "table_state.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::projection {
namespace {

std::vector<std::string> type_names(const ProjectionFacts& facts) {
  std::vector<std::string> names;
  names.reserve(facts.events.size());
  for (const auto* event : facts.events) names.push_back(event->full_name());
  return names;
}

/// Whether it tells of SQL that the handler ran by hand, and not of the file.
bool is_of_statement(const Failure& failure) {
  static constexpr std::string_view codes[] = {"projection.constraint", "projection.error",
                                               "projection.out_of_range", "projection.too_big",
                                               "projection.bad_value"};
  return std::ranges::find(codes, failure.code()) != std::end(codes);
}

}  // namespace

ProjectionHandler::ProjectionHandler(const ProjectionModel& model, sql::Database& file,
                                     const Clock& clock)
    : folder_(model.folder()),
      types_(type_names(model.facts())),
      table_(std::make_unique<TableState>(model, file, clock)) {}

ProjectionHandler::~ProjectionHandler() = default;

std::size_t ProjectionHandler::type_index(std::string_view type) const {
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (types_[i] == type) return i;
  }
  TIDEMARK_ASSERT(false, "a feed delivers what its handler wants and nothing else");
  return 0;
}

void ProjectionHandler::handle(const feed::Delivery& delivery) {
  table_->prepare();
  const auto& event = delivery.event;
  try {
    folder_->fold(*table_, type_index(event.type), event.data, event.metadata);
    table_->finish_event(event.metadata, delivery.place);
  } catch (const Failure& failure) {
    if (!is_of_statement(failure)) throw;
    throw std::runtime_error(failure.what());  // the event's fault, not the file's: park it
  }
}

void ProjectionHandler::write(sql::Database& /*file*/) { table_->write(); }
void ProjectionHandler::forget() noexcept { table_->forget(); }
bool ProjectionHandler::wants_commit() const { return table_->wants_commit(); }

}  // namespace tidemark::projection
