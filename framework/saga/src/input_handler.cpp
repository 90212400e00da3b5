#include "tidemark/saga/input_handler.hpp"

#include <algorithm>
#include <stdexcept>

#include "tidemark/base/failure.hpp"

namespace tidemark::saga {

InputHandler::InputHandler(Coordinator& coordinator) : coordinator_(coordinator) {
  for (const auto* event : coordinator.model().events()) types_.push_back(event->full_name());
}

void InputHandler::handle(const feed::Delivery& delivery) {
  const auto& model = coordinator_.model();
  auto instance = model.correlate(delivery.event.type, delivery.event.data);
  if (!instance) return;
  try {
    static_cast<void>(journal_stream(model.spec().name, *instance));
  } catch (const Failure& failure) {
    throw std::runtime_error(failure.what());  // the event's fault, not the worker's: park it
  }
  auto& line = lines_[*instance];
  line.waiting.push_back(
      {.event = RecordedEvent(delivery.event), .instance = std::move(*instance)});
  ++held_;
}

bool InputHandler::settled() {
  // First all that can start, so that their appends share one commit; then a look at each.
  for (auto& [instance, line] : lines_) {
    if (line.under_way || line.waiting.empty()) continue;
    line.under_way = coordinator_.handle(std::move(line.waiting.front()));
    line.waiting.pop_front();
  }
  for (auto entry = lines_.begin(); entry != lines_.end();) {
    auto& line = entry->second;
    if (line.under_way && line.under_way->poll()) {
      newest_ = std::max(newest_, line.under_way->position());
      line.under_way.reset();
      --held_;
    }
    entry = !line.under_way && line.waiting.empty() ? lines_.erase(entry) : std::next(entry);
  }
  // The feed's place must not outlive what the journals took in up to there.
  return lines_.empty() && coordinator_.is_safe(newest_);
}

void InputHandler::forget() noexcept {
  lines_.clear();
  held_ = 0;
}

}  // namespace tidemark::saga
