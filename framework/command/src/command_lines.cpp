#include "tidemark/command/command_lines.hpp"

#include <algorithm>
#include <stdexcept>

namespace tidemark::command {

void CommandLines::add(CommandMessage message, std::uint64_t origin) {
  auto stream = dispatcher_.stream_of(message.type, message.data);
  if (!stream) throw std::runtime_error(to_string(stream.error()));
  lines_[*stream].waiting.push_back({.message = std::move(message), .origin = origin});
  ++size_;
}

bool CommandLines::poll() {
  // First all that can start, so that their appends share one commit; then a look at each.
  for (auto& [stream, line] : lines_) {
    if (!line.under_way) line.under_way = dispatcher_.submit(line.waiting.front().message);
  }
  for (auto entry = lines_.begin(); entry != lines_.end();) {
    auto& line = entry->second;
    if (look_at(line)) {
      line.waiting.pop_front();
      --size_;
    }
    entry = line.waiting.empty() ? lines_.erase(entry) : std::next(entry);
  }
  return lines_.empty() && dispatcher_.is_safe(newest_);
}

bool CommandLines::look_at(Line& line) {
  const auto result = line.under_way->poll();
  if (!result) return false;
  line.under_way.reset();
  const auto& [message, origin] = line.waiting.front();
  if (!*result) {
    // Losing a race again and again is no fault of the command: it stays first and is sent again.
    if (result->error().code == "command.contended") return false;
    failed_origin_ = origin;
    throw std::runtime_error(to_string(result->error()));
  }
  newest_ = std::max(newest_, (*result)->position);
  if ((*result)->kind == Outcome::Kind::rejected) {
    refused_.push_back({.command_id = to_string(message.options.id.value()),
                        .type = message.type,
                        .stream = (*result)->stream.name(),
                        .code = (*result)->rejection.code,
                        .detail = (*result)->rejection.detail,
                        .origin = origin});
  }
  return true;
}

void CommandLines::clear() noexcept {
  lines_.clear();
  refused_.clear();
  size_ = 0;
}

}  // namespace tidemark::command
