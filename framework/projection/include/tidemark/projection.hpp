#pragma once

/// What somebody who writes a projection includes.
#include "tidemark/base/list.hpp"
#include "tidemark/projection/closed.hpp"
#include "tidemark/projection/key.hpp"
#include "tidemark/projection/spec.hpp"
#include "tidemark/projection/table.hpp"
#include "tidemark/schema/envelope.hpp"
