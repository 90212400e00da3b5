// [wiring]
#pragma once

#include <tidemark/app/wiring.hpp>

namespace lending {

/// The application: what it is made of.
tidemark::Wiring wiring();

}  // namespace lending
// [/wiring]
