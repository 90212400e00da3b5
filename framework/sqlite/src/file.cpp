#include "tidemark/sqlite/file.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <optional>

#include "connection.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::sqlite {
namespace {

struct Stays {
  std::string name;
  int result;  ///< of SQLite
};

/// Removes a database and what lies beside it; the file that cannot be removed.
std::optional<Stays> remove_all(sqlite3_vfs& system, const std::filesystem::path& file) {
  for (const auto* suffix : {"-journal", "-wal", "-shm", ""}) {
    const auto name = file.string() + suffix;
    constexpr int sync_directory = 1;
    const int result = system.xDelete(&system, name.c_str(), sync_directory);
    if (result != SQLITE_OK && result != SQLITE_IOERR_DELETE_NOENT) return Stays{name, result};
  }
  return std::nullopt;
}

}  // namespace

/// Asked of the VFS: only it knows its files.
bool file_exists(const std::filesystem::path& file, const std::string& vfs) {
  auto& system = file_system(vfs, "sqlite");
  int found = 0;
  system.xAccess(&system, file.c_str(), SQLITE_ACCESS_EXISTS, &found);
  return found != 0;
}

void remove_file(const std::filesystem::path& file, const std::string& vfs,
                 const std::string& area) {
  const auto stays = remove_all(file_system(vfs, area), file);
  if (!stays) return;
  throw Failure(
      {.code = area + ".io",
       .message = fmt::format("{}: cannot be removed (SQLite code {})", stays->name, stays->result),
       .hint = "check the folder, its permissions and the disk",
       .retryable = true});
}

void try_to_remove_file(const std::filesystem::path& file, const std::string& vfs) {
  remove_all(file_system(vfs, "sqlite"), file);
}

}  // namespace tidemark::sqlite
