#pragma once

#include <string_view>

namespace tidemark::admin {

/// Whether a function, macro or type of C or POSIX, or a header of C++, has this name: a namespace
/// of the name would not compile beside it, and a program of the name would hide the header.
bool is_of_the_system(std::string_view name);

}  // namespace tidemark::admin
