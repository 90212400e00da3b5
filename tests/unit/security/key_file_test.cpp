#include "tidemark/security/key_file.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/base/uuid.hpp"

namespace tidemark::security {
namespace {

namespace fs = std::filesystem;

/// A folder of its own, removed with it, and a key.
struct Fixture {
  SystemRandom system_random;
  fs::path folder =
      fs::temp_directory_path() /
      ("tidemark-key-" + to_string(Uuid::version7(SystemClock().now(), system_random)));
  fs::path file = folder / "key";
  SeededRandom random{9};
  SigningKey key = SigningKey::create("log", random);

  Fixture() { fs::create_directories(folder); }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  template <typename Work>
  std::string code_of(Work work) {
    try {
      work();
    } catch (const Failure& failure) {
      CHECK(std::string(failure.what()).find(key.secret_text().substr(30)) == std::string::npos);
      return failure.code();
    }
    return "none";
  }
};

TEST_SUITE("security/key_file") {
  TEST_CASE_FIXTURE(Fixture, "a key that was written is read again, by its owner alone") {
    write_key_file(file, key);
    CHECK(read_key_file(file).verifier().text() == key.verifier().text());
    CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  }

  TEST_CASE_FIXTURE(Fixture, "a key is never written over") {
    write_key_file(file, key);
    const auto other = SigningKey::create("log", random);
    CHECK(code_of([&] { write_key_file(file, other); }) == "key.exists");
    CHECK(read_key_file(file).secret_text() == key.secret_text());
    CHECK(code_of([&] { write_key_file(folder / "none" / "key", key); }) == "key.io");
  }

  TEST_CASE_FIXTURE(Fixture, "a key that others may read is refused") {
    write_key_file(file, key);
    for (const auto mode : {fs::perms::group_read, fs::perms::others_read}) {
      fs::permissions(file, fs::perms::owner_read | mode);
      CHECK(code_of([&] { read_key_file(file); }) == "key.exposed");
    }
    fs::permissions(file, fs::perms::owner_read);
    CHECK(code_of([&] { read_key_file(file); }) == "none");
  }

  TEST_CASE_FIXTURE(Fixture, "what is no key is refused, without showing what it is") {
    CHECK(code_of([&] { read_key_file(file); }) == "key.missing");
    CHECK(code_of([&] { read_key_file(folder); }) != "none");
    for (const auto& text :
         {std::string(), key.verifier().text(), key.secret_text() + "A", std::string(5000, 'x')}) {
      fs::remove(file);
      std::ofstream(file) << text << '\n';
      fs::permissions(file, fs::perms::owner_read);
      CHECK(code_of([&] { read_key_file(file); }) == "key.malformed");
    }
  }
}

}  // namespace
}  // namespace tidemark::security
