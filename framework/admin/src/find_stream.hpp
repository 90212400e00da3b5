#pragma once

#include <string>

#include "tidemark/admin/site.hpp"
#include "tidemark/base/result.hpp"

namespace tidemark::admin {

/// The stream of that name. Problems: "stream.bad_name", "store.no_such_stream".
Result<StreamId, Problem> find_stream(const Site& site, const std::string& name);

}  // namespace tidemark::admin
