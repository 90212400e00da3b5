#pragma once

#include <filesystem>
#include <string>

#include "tidemark/sql/place.hpp"

namespace tidemark::sqlite {

/// Holds a file against every other process, and every other holder in this one, until it goes.
class FileLock final : public sql::Lock {
 public:
  FileLock(std::filesystem::path file, std::string area)
      : file_(std::move(file)), area_(std::move(area)) {}
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() override;

  void hold() override;

 private:
  const std::filesystem::path file_;
  const std::string area_;
  int descriptor_ = -1;
};

}  // namespace tidemark::sqlite
