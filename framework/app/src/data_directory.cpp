#include "data_directory.hpp"

#include <fmt/format.h>

#include <system_error>

#include "tidemark/base/failure.hpp"

namespace tidemark::app {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Failure({.code = "app.data_directory",
                 .message = message,
                 .hint = "name a folder that this user may make and write to: data.directory"});
}

}  // namespace

void make_data_directory(const std::filesystem::path& directory) {
  if (directory.empty()) refuse("the data directory has no name");
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    refuse(
        fmt::format("'{}' cannot be the data directory: {}", directory.string(), error.message()));
  }
}

}  // namespace tidemark::app
