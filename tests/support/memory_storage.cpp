#include "tidemark/sqlite/folder.hpp"
#include "tidemark/sqlite/memory_files.hpp"

#include "storage.hpp"

namespace tidemark::test {
namespace {

struct Held {
  explicit Held(const std::string& area)
      : patient({.folder = "place", .vfs = files.vfs(), .area = area}),
        impatient(
            {.folder = "place", .vfs = files.vfs(), .busy_timeout = Micros(0), .area = area}) {}

  sqlite::MemoryFiles files;
  sqlite::Folder patient;
  sqlite::Folder impatient;
};

}  // namespace

Storage fresh_storage(const std::string& area) {
  const auto held = std::make_shared<Held>(area);
  return {.place = {held, &held->patient}, .impatient = {held, &held->impatient}};
}

}  // namespace tidemark::test
