#pragma once

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

/// Looks at the cases of wrong_*.cpp, which must fail and say where. The MESSAGE of a case says how
/// many lines below itself the failure must point.
namespace failing {

/// What the program of failing cases prints for one of them.
inline std::string run(const std::string& name) {
  const std::string command = "'" TIDEMARK_WRONG_EXPECTATIONS "' -nc -gfl -tc='" + name + "'";
  const auto close = [](FILE* pipe) { pclose(pipe); };
  const std::unique_ptr<FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> buffer{};
  while (fgets(buffer.data(), static_cast<int>(buffer.size()), pipe.get()) != nullptr) {
    output += buffer.data();
  }
  return output;
}

/// The number behind `before`, which is looked for from `from` on; -1 when it is not there.
inline int number_after(const std::string& text, std::string_view before, std::size_t from = 0) {
  const auto at = text.find(before, from);
  return at == std::string::npos ? -1 : std::atoi(text.c_str() + at + before.size());
}

/// The line that a message names right before `at`.
inline int line_before(const std::string& output, std::size_t at) {
  return number_after(output, ".cpp:", output.rfind("wrong_", at));
}

/// clang places some calls of a chain at its first line, which is the one below the MESSAGE.
#ifdef __clang__
constexpr bool names_first_line = true;
#else
constexpr bool names_first_line = false;
#endif

/// Runs one failing case, which must fail once and at the line that it says; what it prints.
inline std::string failure_of(const std::string& name) {
  auto output = run(name);
  CAPTURE(output);
  const auto message = output.find("MESSAGE: +");
  const auto error = output.find(": ERROR: ");
  REQUIRE(message != std::string::npos);
  REQUIRE(error != std::string::npos);
  CHECK(output.find(": ERROR: ", error + 1) == std::string::npos);
  const auto below = line_before(output, error) - line_before(output, message);
  if (!names_first_line || below != 1) CHECK(below == number_after(output, "MESSAGE: +"));
  return output;
}

inline void holds(const std::string& text, std::string_view part) {
  CAPTURE(text);
  CAPTURE(part);
  CHECK(text.find(part) != std::string::npos);
}

}  // namespace failing
