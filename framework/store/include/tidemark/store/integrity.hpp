#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tidemark/store/checkpoint.hpp"

namespace tidemark::store {

/// The first place where the log is not what it was.
struct Damage {
  Position position;
  std::string code;  ///< "verify.chain", "verify.gap", "verify.version", "verify.missing_data", …
  std::string message;  ///< what was found where
};

/// What `verify` looked at.
struct Verified {
  std::uint64_t events = 0;
  ChainHash head{};
  std::optional<Damage> damage;  ///< none: everything from the first event on is as it was written
};

}  // namespace tidemark::store
