#include "tidemark/observe/secret.hpp"

#include <ostream>

namespace tidemark::observe {

std::ostream& operator<<(std::ostream& out, const Secret& /*secret*/) {
  return out << Secret::mask;
}

}  // namespace tidemark::observe
