#pragma once

/// The one header that domain code includes.
#include "tidemark/aggregate/aggregate.hpp"
#include "tidemark/aggregate/boundary.hpp"
#include "tidemark/aggregate/context.hpp"
#include "tidemark/aggregate/decision.hpp"
#include "tidemark/aggregate/joint.hpp"
#include "tidemark/aggregate/tags.hpp"
#include "tidemark/base/bytes.hpp"
#include "tidemark/base/time.hpp"
