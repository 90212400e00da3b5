#include "tidemark/sqlite/folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/base/uuid.hpp"

namespace tidemark::sqlite {
namespace {

namespace fs = std::filesystem;

TEST_SUITE("sqlite/folder") {
  TEST_CASE("a database goes with all that lies beside it") {
    SystemRandom random;
    const auto path = fs::temp_directory_path() /
                      ("tidemark-folder-" + to_string(Uuid::version7(SystemClock().now(), random)));
    Folder folder({.folder = path});
    folder.open("some.db", sql::OpenMode::create)->execute("CREATE TABLE t(n)");
    for (const auto* suffix : {"-journal", "-wal", "-shm"}) {
      std::ofstream((path / "some.db").string() + suffix) << "left";
    }
    folder.remove("some.db");
    CHECK(fs::is_empty(path));
    folder.remove("some.db");
    fs::remove_all(path);
  }
}

}  // namespace
}  // namespace tidemark::sqlite
