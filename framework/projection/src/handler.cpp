#include "tidemark/projection/handler.hpp"

#include "table_state.hpp"
#include "tidemark/base/assert.hpp"

namespace tidemark::projection {
namespace {

std::vector<std::string> type_names(const ProjectionFacts& facts) {
  std::vector<std::string> names;
  names.reserve(facts.events.size());
  for (const auto* event : facts.events) names.push_back(event->full_name());
  return names;
}

}  // namespace

ProjectionHandler::ProjectionHandler(const ProjectionModel& model, sqlite::Database& file,
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
  folder_->fold(*table_, type_index(event.type), event.data, event.metadata);
  table_->finish_event(event.metadata, delivery.place);
}

void ProjectionHandler::write(sqlite::Database& /*file*/) { table_->write(); }
void ProjectionHandler::forget() noexcept { table_->forget(); }
bool ProjectionHandler::wants_commit() const { return table_->wants_commit(); }

}  // namespace tidemark::projection
