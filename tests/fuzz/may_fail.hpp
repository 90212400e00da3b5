#pragma once

#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::fuzz {

/// Runs `work`, which may fail as a store does, and in no other way.
template <typename Work>
void may_fail(Work&& work) {
  try {
    work();
  } catch (const Failure& failure) {
    TIDEMARK_ASSERT(!failure.code().empty(), "a failure has a code");
  }
}

}  // namespace tidemark::fuzz
