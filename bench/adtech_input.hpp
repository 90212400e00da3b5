#pragma once

#include <cstdint>
#include <filesystem>

namespace bench {

/// Writes `lines` lines as tools/generate writes them for a day of the ad platform: 32 campaigns of
/// 8 accounts are opened, then ad servers report impressions and clicks, in turn and nearly in
/// order of time. One line in 3,000 comes twice, one in 2,000 is broken, one in 500 books a charge.
void write_adtech_input(const std::filesystem::path& file, std::uint64_t lines);

}  // namespace bench
