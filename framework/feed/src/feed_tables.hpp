#pragma once

#include <string_view>

#include "tidemark/sql/database.hpp"

namespace tidemark::feed {

/// Keeps what a person did and why, inside an open transaction; the newest ten thousand are kept.
void note_action(sql::Database& file, std::string_view verb, std::string_view subject,
                 std::string_view reason);

}  // namespace tidemark::feed
