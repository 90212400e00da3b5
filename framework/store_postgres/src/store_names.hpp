#pragma once

#include "tidemark/store/engine.hpp"

namespace tidemark::store_postgres {

// An engine is made of the words of its contract.
using namespace store;

}  // namespace tidemark::store_postgres
