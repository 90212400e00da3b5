#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/time.hpp"
#include "tidemark/base/uuid.hpp"
#include "tidemark/store/checkpoint.hpp"
#include "tidemark/store/identity.hpp"

namespace tidemark::store {

enum class Durability : std::uint8_t {
  full,    ///< an acknowledged append survives power loss
  normal,  ///< it survives a crash of the process; power loss may take the newest ones
};

/// Facts for `store info` and `store stats`.
struct StoreFacts {
  StoreId store_id;
  std::string engine;  ///< "sqlite" or "postgres"
  std::uint32_t format = 0;
  Durability durability = Durability::full;
  UtcTime created_at;
  std::uint64_t events = 0, streams = 0, types = 0;
  std::uint64_t appends = 0;  ///< only when asked for: a scan
  std::uint64_t file_bytes = 0, wal_bytes = 0;
  std::uint64_t archives = 0;                             ///< cold files
  std::uint64_t archived_events = 0, archived_bytes = 0;  ///< in them
  Position high_water;
  Position side;  ///< how far the side store has come, which makes some reads faster; 0: none
  ChainHash head{};
  struct PerName {
    std::string name;
    std::uint64_t events = 0;
    std::uint64_t data_bytes = 0;
  };
  std::vector<PerName> per_type, per_category;  ///< only when asked for: a scan
};

}  // namespace tidemark::store
