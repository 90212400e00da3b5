#include "golden/golden.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tidemark/base/bytes.hpp"

namespace tidemark::golden {
namespace {

constexpr std::size_t bytes_per_line = 32;

std::filesystem::path path_of(std::string_view name) {
  return std::filesystem::path(TIDEMARK_GOLDEN_FILES) / fmt::format("{}.txt", name);
}

}  // namespace

void expect_golden(std::string_view name, std::string_view text) {
  const auto path = path_of(name);
  if (!std::filesystem::exists(path) && std::getenv("DEV_GOLDEN_WRITE") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    MESSAGE("written: " << path.string());
  }
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file, "there is no " << path.string() << "; see tests/golden/README.md");
  const std::string golden{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  CHECK_MESSAGE(golden == text, name << " has changed\n--- golden\n"
                                     << golden << "--- now\n"
                                     << text);
}

std::string hex_lines(std::string_view bytes) {
  std::string lines;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes_per_line, bytes.size()))) {
    lines += to_hex(bytes.substr(0, bytes_per_line)) + '\n';
  }
  return lines;
}

}  // namespace tidemark::golden
