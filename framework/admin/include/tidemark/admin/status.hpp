#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/time.hpp"
#include "tidemark/runtime/health_monitor.hpp"

namespace tidemark::admin {

/// What a running application says of itself, for a tool that looks at its files: the heartbeat.
struct ApplicationStatus {
  UtcTime at;  ///< when it said so, in real time
  UtcTime started_at;
  std::int64_t process_id = 0;
  std::uint16_t http_port = 0;  ///< of /healthz; 0: none
  std::vector<runtime::WorkerVerdict> workers;
};

/// The file in an application's directory that holds the newest.
inline constexpr const char* status_file = "status.json";

/// As JSON, in one line; what is no such text is none.
std::string encode_status(const ApplicationStatus& status);
std::optional<ApplicationStatus> decode_status(std::string_view text);

/// Replaces the file in one step; false when that cannot be done. Not synced: it is of no use after
/// a power loss.
bool write_status(const std::filesystem::path& directory, const ApplicationStatus& status);
std::optional<ApplicationStatus> read_status(const std::filesystem::path& directory);

}  // namespace tidemark::admin
