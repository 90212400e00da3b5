#pragma once

#include <string>
#include <string_view>

namespace tidemark::golden {

/// Checks that `text` is what `tests/golden/files/<name>.txt` holds.
///
/// With DEV_GOLDEN_WRITE in the environment a file that does not exist is written; one that
/// exists is never overwritten.
void expect_golden(std::string_view name, std::string_view text);

/// `bytes` in hex, 32 to a line, so that a difference can be read.
std::string hex_lines(std::string_view bytes);

}  // namespace tidemark::golden
