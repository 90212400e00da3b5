#pragma once

#include <tidemark/app/wiring.hpp>

namespace adtech {

/// The ad platform: what it is made of.
tidemark::Wiring wiring();

}  // namespace adtech
