#include "tidemark/intake/line_source.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "memory_file.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/base/random.hpp"

using namespace tidemark::intake;
using intake_test::MemoryFile;
using Found = LineSource::Found;
using Texts = std::vector<std::string>;

namespace {

/// A line that owns its text.
struct Kept {
  explicit Kept(const Line& found) : text(found.text), line(found) {}
  std::string text;
  Line line;
};

/// Lines until the source has none now.
std::vector<Kept> lines_of(LineSource& source, Found& ended) {
  std::vector<Kept> all;
  for (int asked = 0; asked < 1'000'000; ++asked) {
    Line line;
    ended = source.peek(line);
    if (ended == Found::more) continue;
    if (ended != Found::line) return all;
    all.emplace_back(line);
    source.take();
  }
  FAIL("the source has no end");
  return all;
}

std::vector<Kept> lines_of(LineSource& source) {
  auto ended = Found::more;
  auto all = lines_of(source, ended);
  CHECK(ended == Found::end);
  return all;
}

Texts texts_of(const std::vector<Kept>& lines) {
  Texts texts;
  for (const auto& kept : lines) texts.push_back(kept.text);
  return texts;
}

std::unique_ptr<LineSource> opened(const MemoryFile& file, const Reached& from = {},
                                   bool follow = false) {
  auto source = file_source({.file = file.path(), .follow = follow});
  source->open(from);
  return source;
}

Texts lines_in(const std::string& bytes) {
  const MemoryFile file(bytes);
  return texts_of(lines_of(*opened(file)));
}

/// What a worker remembers that has read `lines` lines and came to `next`.
Reached reached(LineSource& source, std::int64_t next, std::uint64_t lines) {
  return {.places = {{.partition = {}, .next = next}},
          .lines = lines,
          .fingerprint = source.fingerprint()};
}

template <typename Work>
std::string failure_of(Work&& work) {
  try {
    work();
  } catch (const tidemark::Failure& failure) {
    CHECK_FALSE(failure.hint().empty());
    return failure.code();
  }
  return "none";
}

/// Both ends of a pipe; what reads from it.
struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    end();
    ::close(ends[0]);
  }
  void write(const std::string& text) {
    REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void end() {
    if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
  }
  int ends[2] = {-1, -1};
};

}  // namespace

TEST_SUITE("intake/file_source") {
  TEST_CASE("a followed file that another one took the name of is a problem") {
    std::string folder = "/tmp/tidemark-replaced-XXXXXX";
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    const auto file = folder + "/lines";
    std::ofstream(file) << "one\n";
    const auto source = file_source({.file = file, .follow = true});
    source->open({});
    auto ended = Found::more;
    CHECK(texts_of(lines_of(*source, ended)) == Texts{"one"});
    CHECK_FALSE(source->problem());
    std::filesystem::rename(file, file + ".1");
    std::ofstream(file + ".1", std::ios::app) << "two\n";
    CHECK(texts_of(lines_of(*source, ended)) == Texts{"two"});
    CHECK_FALSE(source->problem());
    std::ofstream(file) << "three\n";
    CHECK(lines_of(*source, ended).empty());
    REQUIRE(source->problem());
    CHECK(source->problem()->code == "intake.file_replaced");
    std::filesystem::remove_all(folder);
  }

  TEST_CASE("a pipe is no file, and nobody waits for its writer") {
    Pipe pipe;
    pipe.write("one\n");
    const auto source = file_source({.file = "/proc/self/fd/" + std::to_string(pipe.ends[0])});
    CHECK(failure_of([&] { source->open({}); }) == "intake.no_file");
    std::string folder = "/tmp/tidemark-fifo-XXXXXX";
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    const auto fifo = folder + "/fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(failure_of([&] { file_source({.file = fifo})->open({}); }) == "intake.no_file");
    std::filesystem::remove_all(folder);
  }

  TEST_CASE("lines come in order with their numbers and places") {
    const MemoryFile file("one\n\nthree\n");
    auto source = opened(file);
    const auto lines = lines_of(*source);
    REQUIRE(lines.size() == 3);
    CHECK(texts_of(lines) == Texts{"one", "", "three"});
    CHECK(lines[0].line.offset == 0);
    CHECK(lines[0].line.next == 4);
    CHECK(lines[1].line.offset == 4);
    CHECK(lines[2].line.offset == 5);
    CHECK(lines[2].line.next == 11);
    CHECK(lines[2].line.number == 3);
    CHECK(lines[2].line.size == 5);
    CHECK(source->tail() == 11);
  }

  TEST_CASE("a last line counts with and without its newline") {
    CHECK(lines_in("a\nb") == Texts{"a", "b"});
    CHECK(lines_in("a\nb\n") == Texts{"a", "b"});
    CHECK(lines_in("a") == Texts{"a"});
    CHECK(lines_in("\n") == Texts{""});
    CHECK(lines_in("a\n\n") == Texts{"a", ""});
  }

  TEST_CASE("an empty file has no lines") {
    CHECK(lines_in("").empty());
    MemoryFile file;
    auto source = opened(file, {}, true);
    Line line;
    CHECK(source->peek(line) == Found::nothing);
  }

  TEST_CASE("a carriage return stays with its line") {
    CHECK(lines_in("a\r\n\r\nb\r") == Texts{"a\r", "\r", "b\r"});
  }

  TEST_CASE("a line of exactly 64 KiB is a line and one more byte is too many") {
    const std::string longest(line_size_max, 'x');
    for (const auto* end : {"", "\n", "\nafter\n"}) {
      CAPTURE(end);
      for (const std::size_t before : {0U, 1U, 262'143U, 262'144U, 300'000U}) {
        CAPTURE(before);
        const std::string filler = before == 0 ? "" : std::string(before - 1, '.') + "\n";
        const MemoryFile fits(filler + longest + end);
        auto source = opened(fits);
        auto lines = lines_of(*source);
        const std::size_t at = before == 0 ? 0 : 1;
        REQUIRE(lines.size() > at);
        CHECK(lines[at].text == longest);
        CHECK_FALSE(lines[at].line.too_long);
        const MemoryFile too_long(filler + longest + "y" + end);
        source = opened(too_long);
        lines = lines_of(*source);
        REQUIRE(lines.size() > at);
        CHECK(lines[at].line.too_long);
        CHECK(lines[at].line.size == line_size_max + 1);
        CHECK(lines[at].text == longest.substr(0, kept_size_max));
        CHECK(lines[at].line.offset == static_cast<std::int64_t>(before));
      }
    }
  }

  TEST_CASE("of a line of megabytes the beginning is kept and the lines behind it are found") {
    std::string huge = "begin";
    huge.append(3'000'000, 'x');
    const MemoryFile file("a\n" + huge + "\nb\n" + huge);
    auto source = opened(file);
    const auto lines = lines_of(*source);
    REQUIRE(lines.size() == 4);
    CHECK(lines[1].line.too_long);
    CHECK(lines[1].line.size == huge.size());
    CHECK(lines[1].line.next == static_cast<std::int64_t>(huge.size()) + 3);
    CHECK(lines[1].text == huge.substr(0, kept_size_max));
    CHECK(lines[2].text == "b");
    CHECK(lines[2].line.number == 3);
    CHECK(lines[2].line.offset == lines[1].line.next);
    CHECK(lines[3].line.too_long);
    CHECK(lines[3].line.next == static_cast<std::int64_t>(2 * huge.size()) + 5);
  }

  TEST_CASE("bytes of any value are a line") {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) {
      if (byte != '\n') bytes += static_cast<char>(byte);
    }
    CHECK(lines_in(bytes + "\n" + bytes) == Texts{bytes, bytes});
  }

  TEST_CASE("the same line comes until it is taken") {
    const MemoryFile file("a\nb\n");
    auto source = opened(file);
    Line line;
    while (source->peek(line) == Found::more) {
    }
    for (int again = 0; again < 3; ++again) {
      REQUIRE(source->peek(line) == Found::line);
      CHECK(line.text == "a");
    }
    source->take();
    REQUIRE(source->peek(line) == Found::line);
    CHECK(line.text == "b");
    CHECK(line.number == 2);
  }

  TEST_CASE("lines of all sizes come as they were written") {
    tidemark::SeededRandom random(11);
    std::string bytes;
    Texts written;
    for (int line = 0; line < 3'000; ++line) {
      const auto size = random.below(random.below(20) == 0 ? 60'000 : 300);
      written.emplace_back(size, static_cast<char>('a' + random.below(26)));
      bytes += written.back() + "\n";
    }
    CHECK(lines_in(bytes) == written);
  }

  TEST_CASE("it goes on at the byte that was reached") {
    const MemoryFile file("one\ntwo\nthree\n");
    auto source = opened(file);
    const auto second = opened(file, reached(*source, 4, 1));
    const auto lines = lines_of(*second);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].text == "two");
    CHECK(lines[0].line.number == 2);
    CHECK(lines[0].line.offset == 4);
  }

  TEST_CASE("what is appended behind a last line without a newline begins on a line of its own") {
    MemoryFile file("one\ntwo");
    auto source = opened(file);
    const auto end = reached(*source, 7, 2);
    file.append("\nthree\n");
    source = opened(file, end);
    const auto lines = lines_of(*source);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].text == "three");
    CHECK(lines[0].line.number == 3);
    CHECK(lines[0].line.offset == 8);
  }

  TEST_CASE("a last line that was only half written is read again when it has grown") {
    for (const std::size_t size : {2U, 4095U, 4096U, 10'000U}) {
      CAPTURE(size);
      const std::string half(size, 'x');
      MemoryFile file("one\n" + half);
      auto source = opened(file);
      const auto end = reached(*source, 4 + static_cast<std::int64_t>(size), 2);
      file.append("and more\nthree\n");
      source = opened(file, end);
      const auto lines = lines_of(*source);
      REQUIRE(lines.size() == 2);
      CHECK(lines[0].text == half + "and more");
      CHECK(lines[0].line.number == 2);
      CHECK(lines[0].line.offset == 4);
      CHECK(lines[1].line.number == 3);
    }
    MemoryFile file("on");
    auto source = opened(file);
    const auto end = reached(*source, 2, 1);
    file.append("e");
    source = opened(file, end);
    const auto lines = lines_of(*source);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].text == "one");
    CHECK(lines[0].line.number == 1);
  }

  TEST_CASE("a file that is followed gives a line when its newline is there") {
    MemoryFile file("one\ntw");
    auto source = opened(file, {}, true);
    auto ended = Found::more;
    CHECK(texts_of(lines_of(*source, ended)) == Texts{"one"});
    CHECK(ended == Found::nothing);
    file.append("o");
    CHECK(lines_of(*source, ended).empty());
    file.append("\n\nfour\nfi");
    CHECK(texts_of(lines_of(*source, ended)) == Texts{"two", "", "four"});
    CHECK(ended == Found::nothing);
    CHECK(source->tail() == 16);
  }

  TEST_CASE("a file that is followed may have lines that are too long") {
    MemoryFile file;
    auto source = opened(file, {}, true);
    auto ended = Found::more;
    for (int part = 0; part < 20; ++part) {
      file.append(std::string(10'000, 'x'));
      CHECK(lines_of(*source, ended).empty());
    }
    file.append("\nb\n");
    const auto lines = lines_of(*source, ended);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].line.size == 200'000);
    CHECK(lines[0].text == std::string(kept_size_max, 'x'));
    CHECK(lines[1].text == "b");
  }

  TEST_CASE("a file that got shorter is refused when it is opened") {
    MemoryFile file("one\ntwo\n");
    auto source = opened(file);
    const auto end = reached(*source, 8, 2);
    file.cut(4);
    CHECK(failure_of([&] { opened(file, end); }) == "intake.file_shrank");
  }

  TEST_CASE("a file that is cut while it is read is refused") {
    for (const bool follow : {false, true}) {
      CAPTURE(follow);
      MemoryFile file("one\ntwo\n");
      auto source = opened(file, {}, follow);
      Line line;
      while (source->peek(line) == Found::more) {
      }
      file.cut(3);
      CHECK(failure_of([&] { lines_of(*source); }) == "intake.file_shrank");
    }
  }

  TEST_CASE("another file under the same name is refused") {
    const MemoryFile file("one\ntwo\n");
    const MemoryFile other("one\nTWO\nthree\n");
    auto source = opened(file);
    CHECK(failure_of([&] { opened(other, reached(*source, 4, 1)); }) == "intake.other_input");
  }

  TEST_CASE("a file that grew is the same file, also while its beginning is short") {
    MemoryFile file;
    auto source = opened(file, {}, true);
    auto end = reached(*source, 0, 0);
    std::string text;
    for (int grown = 0; grown < 100; ++grown) {
      const std::string line(static_cast<std::size_t>(grown), 'x');
      file.append(line + "\n");
      text += line + "\n";
      source = opened(file, end);
      CHECK(texts_of(lines_of(*source)) == Texts{line});
      end = reached(*source, static_cast<std::int64_t>(text.size()), 0);
    }
    CHECK(text.size() > 4096);
  }

  TEST_CASE("a place that another kind of source left does not count") {
    const MemoryFile file("one\ntwo\n");
    const auto source = opened(file, {.places = {{.partition = "topic/0", .next = 5}}, .lines = 5});
    CHECK(texts_of(lines_of(*source)) == Texts{"one", "two"});
  }

  TEST_CASE("a file that is not there and one that cannot be read are refused") {
    const auto missing = file_source({.file = "/nowhere/input.ndjson"});
    CHECK(failure_of([&] { missing->open({}); }) == "intake.io");
    const auto folder = file_source({.file = "/"});
    Line line;
    CHECK(failure_of([&] {
            folder->open({});
            folder->peek(line);
          }) == "intake.io");
  }
}

TEST_SUITE("intake/standard_input") {
  TEST_CASE("lines come as they are written and the end comes when the writer is gone") {
    Pipe pipe;
    auto source = standard_input(pipe.ends[0]);
    CHECK_FALSE(source->resumable());
    source->open({});
    auto ended = Found::more;
    CHECK(lines_of(*source, ended).empty());
    CHECK(ended == Found::nothing);
    pipe.write("one\ntw");
    CHECK(texts_of(lines_of(*source, ended)) == Texts{"one"});
    CHECK(ended == Found::nothing);
    pipe.write("o\nthree");
    CHECK(texts_of(lines_of(*source, ended)) == Texts{"two"});
    pipe.end();
    const auto last = lines_of(*source, ended);
    CHECK(texts_of(last) == Texts{"three"});
    CHECK(last[0].line.number == 3);
    CHECK(last[0].line.offset == 8);
    CHECK(ended == Found::end);
    CHECK(source->tail() == 13);
    CHECK(lines_of(*source).empty());
  }

  TEST_CASE("it begins anew whatever an earlier process came to") {
    Pipe pipe;
    auto source = standard_input(pipe.ends[0]);
    source->open({.places = {{.partition = {}, .next = 100}}, .lines = 7});
    pipe.write("one\n");
    pipe.end();
    const auto lines = lines_of(*source);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].line.offset == 0);
    CHECK(lines[0].line.number == 1);
  }

  TEST_CASE("a descriptor that is not open is a failure") {
    auto source = standard_input(1'000'000);
    source->open({});
    CHECK(failure_of([&] { lines_of(*source); }) == "intake.io");
  }
}
