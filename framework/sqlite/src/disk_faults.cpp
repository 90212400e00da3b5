#include "disk_faults.hpp"

namespace tidemark::sqlite {
namespace {

std::size_t index_of(DiskCall call) { return static_cast<std::size_t>(call); }

}  // namespace

void DiskFaults::plan(const DiskFault& fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  counts_ = {};
  counting_ = true;
}

void DiskFaults::heal() {
  const std::lock_guard lock(mutex_);
  fault_ = {.nth = 0, .lasting = false};
}

std::uint64_t DiskFaults::calls(DiskCall call) const {
  const std::lock_guard lock(mutex_);
  return counts_[index_of(call)];
}

std::optional<DiskFault::Kind> DiskFaults::next(DiskCall call) {
  if (!counting_) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto count = ++counts_[index_of(call)];
  if (call != fault_.call) return std::nullopt;
  const bool now = count == fault_.nth || (fault_.lasting && count > fault_.nth);
  return now ? std::optional(fault_.kind) : std::nullopt;
}

}  // namespace tidemark::sqlite
