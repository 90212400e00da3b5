#pragma once

#include <string>

#include "tidemark/base/failure.hpp"

namespace tidemark::test {

/// The code of the `Failure` that `work` ends with; "no failure" when it does not.
template <typename Work>
std::string failure_code(Work&& work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.code();
  }
  return "no failure";
}

}  // namespace tidemark::test
