#pragma once

#include <tidemark/app/wiring.hpp>

namespace adtech {

/// The ad platform: what it is made of.
tidemark::Wiring wiring();

/// Another service: the same read models, fed from the platform's topics (projection.topics). It
/// takes no input and sends no command.
tidemark::Wiring dashboard();

}  // namespace adtech
