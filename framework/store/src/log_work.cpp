#include "log_work.hpp"

namespace tidemark::store {

std::optional<Result<Appended, AppendError>> PendingAppend::poll() {
  if (!queue_.poll(*this)) return std::nullopt;
  check();
  return outcome_;
}

Result<Appended, AppendError> PendingAppend::wait() {
  if (!queue_.wait(*this)) fail_busy();
  check();
  return *outcome_;
}

void fail_busy() {
  throw Failure({.code = "store.busy",
                 .message = "a commit took longer than busy_timeout",
                 .hint = "it may still succeed: try again with the same append id",
                 .retryable = true});
}

}  // namespace tidemark::store
