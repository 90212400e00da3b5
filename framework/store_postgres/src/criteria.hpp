#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>
#include "store_names.hpp"

#include "tidemark/postgres/parameters.hpp"
#include "tidemark/store/read.hpp"

namespace tidemark::store_postgres {

/// Positions of events that meet one of the criteria, between $1 and $2, in that direction, at most
/// $3; `add_criteria` adds the rest of the parameters. One column. There is one text for each
/// number and kind of criteria.
std::string positions_sql(const std::vector<Criterion>& criteria, Direction direction);
void add_criteria(const std::vector<Criterion>& criteria, postgres::Parameters& parameters);

/// Whether an event of this type with these tags meets one of the criteria.
bool meets(const std::vector<Criterion>& criteria, std::string_view type,
           std::span<const std::string> tags);

}  // namespace tidemark::store_postgres
