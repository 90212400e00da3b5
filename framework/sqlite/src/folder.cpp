#include "tidemark/sqlite/folder.hpp"

#include <system_error>

#include "file_lock.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/sqlite/file.hpp"

namespace tidemark::sqlite {
namespace {

/// Where nobody else can be.
class FreeLock final : public sql::Lock {
 public:
  void hold() override {}
};

}  // namespace

std::unique_ptr<sql::Database> Folder::open(const std::string& name, sql::OpenMode mode) {
  if (mode == sql::OpenMode::create && is_on_disk()) {
    // What is wrong with a folder that cannot be, SQLite says when it opens the file.
    std::error_code ignored;
    std::filesystem::create_directories(options_.folder, ignored);
  }
  return std::make_unique<Database>(Database::open({.file = options_.folder / name,
                                                    .mode = mode,
                                                    .busy_timeout = options_.busy_timeout,
                                                    .vfs = options_.vfs,
                                                    .area = options_.area}));
}

bool Folder::exists(const std::string& name) {
  return file_exists(options_.folder / name, options_.vfs);
}

void Folder::remove(const std::string& name) {
  // A file that stays is tried again with the next call.
  if (is_on_disk()) try_to_remove_file(options_.folder / name, options_.vfs);
}

std::unique_ptr<sql::Lock> Folder::lock(const std::string& name) {
  if (!is_on_disk()) return std::make_unique<FreeLock>();
  return std::make_unique<FileLock>(options_.folder / (name + ".lock"), options_.area);
}

void Folder::show(const std::string& table, const std::string& name) {
  if (!is_on_disk()) return;
  const auto link = options_.folder / (table + ".db");
  std::error_code error;
  if (std::filesystem::read_symlink(link, error) == name) return;
  const auto fresh = options_.folder / (table + ".db.new");
  std::filesystem::remove(fresh, error);
  std::filesystem::create_symlink(name, fresh, error);
  if (!error) std::filesystem::rename(fresh, link, error);
  if (!error) return;
  throw Failure({.code = options_.area + ".no_link",
                 .message = error.message(),
                 .hint = "check the folder and its permissions"});
}

}  // namespace tidemark::sqlite
