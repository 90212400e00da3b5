#include "check.hpp"

#include <doctest/doctest.h>

namespace tidemark::testing {

void complain(const std::string& complaint, const std::source_location& where) {
  ADD_FAIL_CHECK_AT(where.file_name(), static_cast<int>(where.line()), complaint);
}

void check(const std::string& complaint, const std::source_location& where) {
  if (complaint.empty()) {
    CHECK(true);
  } else {
    complain(complaint, where);
  }
}

}  // namespace tidemark::testing
