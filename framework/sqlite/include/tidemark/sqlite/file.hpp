#pragma once

#include <filesystem>
#include <string>

namespace tidemark::sqlite {

/// Whether there is such a file, in SQLite's file system of that name; empty: the system's.
bool file_exists(const std::filesystem::path& file, const std::string& vfs);

/// Removes a file and what a transaction that broke off left beside it, for good: they stay away
/// when the power goes. Whoever has it open goes on with it; one that is not there is no failure.
/// Throws `Failure` "<area>.io".
void remove_file(const std::filesystem::path& file, const std::string& vfs,
                 const std::string& area);

/// As `remove_file`, for what nobody needs gone: one that cannot be removed stays.
void try_to_remove_file(const std::filesystem::path& file, const std::string& vfs);

}  // namespace tidemark::sqlite
