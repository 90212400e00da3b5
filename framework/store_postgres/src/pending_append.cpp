#include "pending_append.hpp"

#include <utility>

namespace tidemark::store_postgres {

PendingAppend::PendingAppend(Queue& queue, Append append_to_store)
    : append(std::move(append_to_store)), queue_(queue) {
  for (const auto& write : append.streams) {
    for (const auto& event : write.events) {
      preparation.add(event);
      bytes += event.data.size() + preparation.extras.back().size();
    }
  }
}

Result<Appended, AppendError> PendingAppend::answer() const {
  if (failure) throw Failure(*failure);
  return *outcome;
}

std::optional<Result<Appended, AppendError>> PendingAppend::poll() {
  if (!queue_.poll(*this)) return std::nullopt;
  return answer();
}

Result<Appended, AppendError> PendingAppend::wait() {
  if (!queue_.wait(*this)) fail_busy();
  return answer();
}

void fail_busy() {
  throw Failure({.code = "store.busy",
                 .message = "a commit took longer than busy_timeout",
                 .hint = "it may still succeed: try again with the same append id",
                 .retryable = true});
}

}  // namespace tidemark::store_postgres
