#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tidemark/command/outcome.hpp"

namespace tidemark::command {

/// The part of an outcome that the log does not hold: kind and rejection. One byte of kind ('a',
/// 'n', 'r'), then for a rejection its code, a zero byte, and its detail.
std::string encode_answer(const Outcome& outcome);

/// Fills kind and rejection of `outcome`; false when the bytes are damaged.
bool decode_answer(std::string_view bytes, Outcome& outcome);

}  // namespace tidemark::command
