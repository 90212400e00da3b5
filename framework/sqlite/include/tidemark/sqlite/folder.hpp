#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tidemark/base/time.hpp"
#include "tidemark/sql/place.hpp"

namespace tidemark::sqlite {

/// How the databases of a folder are opened.
struct FolderOptions {
  std::filesystem::path folder;
  std::string vfs = {};  ///< SQLite's VFS; empty: the system's, with locks and links
  Micros busy_timeout = std::chrono::seconds(5);
  std::string area = "sqlite";  ///< first part of the codes of failures
};

/// A folder with one file for each database. It is made with the first database that is to be made.
///
/// A lock is a file "name.lock", and what `show` leads to a symlink "table.db". In another VFS than
/// the system's there is nobody else: locks are free, nothing is removed or shown.
class Folder final : public sql::Place {
 public:
  explicit Folder(FolderOptions options) : options_(std::move(options)) {}

  [[nodiscard]] std::unique_ptr<sql::Database> open(const std::string& name,
                                                    sql::OpenMode mode) override;
  [[nodiscard]] bool exists(const std::string& name) override;
  void remove(const std::string& name) override;
  [[nodiscard]] bool is_shared() const override { return false; }
  [[nodiscard]] std::unique_ptr<sql::Lock> lock(const std::string& name) override;
  void show(const std::string& table, const std::string& name) override;

 private:
  [[nodiscard]] bool is_on_disk() const { return options_.vfs.empty(); }

  const FolderOptions options_;
};

}  // namespace tidemark::sqlite
