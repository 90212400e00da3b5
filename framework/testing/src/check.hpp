#pragma once

#include <source_location>
#include <string>

namespace tidemark::testing {

/// A failed check of doctest, shown at the line of the test.
void complain(const std::string& complaint, const std::source_location& where);

/// One check of doctest: counted when there is no complaint, failed at the line of the test
/// otherwise.
void check(const std::string& complaint, const std::source_location& where);

}  // namespace tidemark::testing
