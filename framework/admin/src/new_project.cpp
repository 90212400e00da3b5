#include "new_project.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>

#include "system_names.hpp"

namespace tidemark::admin {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t name_length_max = 40;

// What C++, CMake or the libraries around a project have taken already.
constexpr std::array taken{"alignas",
                           "alignof",
                           "all",
                           "and",
                           "and_eq",
                           "asm",
                           "auto",
                           "bitand",
                           "bitor",
                           "bool",
                           "boost",
                           "break",
                           "build",
                           "case",
                           "catch",
                           "char",
                           "char16_t",
                           "char32_t",
                           "char8_t",
                           "class",
                           "clean",
                           "co_await",
                           "co_return",
                           "co_yield",
                           "compl",
                           "concept",
                           "const",
                           "const_cast",
                           "consteval",
                           "constexpr",
                           "constinit",
                           "continue",
                           "decltype",
                           "default",
                           "delete",
                           "do",
                           "doctest",
                           "double",
                           "dynamic_cast",
                           "edit_cache",
                           "else",
                           "enum",
                           "explicit",
                           "export",
                           "extern",
                           "false",
                           "float",
                           "for",
                           "friend",
                           "google",
                           "goto",
                           "help",
                           "if",
                           "inline",
                           "install",
                           "int",
                           "linux",
                           "list_install_components",
                           "long",
                           "main",
                           "mutable",
                           "namespace",
                           "new",
                           "noexcept",
                           "not",
                           "not_eq",
                           "nullptr",
                           "operator",
                           "or",
                           "or_eq",
                           "package",
                           "package_source",
                           "private",
                           "protected",
                           "public",
                           "rebuild_cache",
                           "register",
                           "reinterpret_cast",
                           "requires",
                           "return",
                           "short",
                           "signed",
                           "sizeof",
                           "static",
                           "static_assert",
                           "static_cast",
                           "std",
                           "struct",
                           "switch",
                           "template",
                           "test",
                           "tests",
                           "this",
                           "thread_local",
                           "throw",
                           "tidemark",
                           "true",
                           "try",
                           "typedef",
                           "typeid",
                           "typename",
                           "union",
                           "unix",
                           "unsigned",
                           "using",
                           "v1",
                           "virtual",
                           "void",
                           "volatile",
                           "wchar_t",
                           "while",
                           "xor",
                           "xor_eq"};

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_word(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in)
    throw fs::filesystem_error("cannot read", file, std::make_error_code(std::errc::io_error));
  return std::move(text).str();
}

void write_file(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text << std::flush;
  if (!out) {
    throw fs::filesystem_error("cannot write", file, std::make_error_code(std::errc::io_error));
  }
}

/// Whether a line only marks a part that the documents show.
bool is_mark(const std::string& line) {
  const auto begin = line.find_first_not_of(' ');
  if (begin == std::string::npos || line.back() != ']') return false;
  const auto text = std::string_view(line).substr(begin);
  return text.starts_with("// [") || text.starts_with("# [");
}

std::string without_marks(const std::string& text) {
  std::string kept;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!is_mark(line)) kept.append(line).push_back('\n');
  }
  return kept;
}

std::vector<fs::path> copy_renamed(const fs::path& from, const fs::path& to,
                                   const std::string& name) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    if (!entry.is_regular_file()) continue;
    const fs::path file = renamed(entry.path().lexically_relative(from).string(), name);
    fs::create_directories((to / file).parent_path());
    write_file(to / file, renamed(without_marks(read_file(entry.path())), name));
    files.push_back(file);
  }
  std::ranges::sort(files);
  return files;
}

/// What to tell CMake so that it finds the package that the template was installed with; empty
/// when it looks there by itself.
std::string prefix_option(const fs::path& project_template) {
  std::error_code ignored;
  const auto folder = fs::canonical(project_template, ignored);
  if (ignored || folder.parent_path().filename() != "tidemark") return {};
  const auto prefix = folder.parent_path().parent_path().parent_path();
  if (prefix == "/usr" || prefix == "/usr/local") return {};
  return fmt::format(" -DCMAKE_PREFIX_PATH={}", prefix.string());
}

int make_and_tell(const ToolContext& context, const std::string& name) {
  const auto project_template = context.environment().templates / "template";
  const auto made = make_project(project_template, fs::current_path(), name);
  if (!made) return context.fail(made.error());
  if (context.json) {
    Table files{.name = "files", .columns = {"file"}, .rows = {}};
    for (const auto& file : *made) files.rows.push_back({file.string()});
    Report report;
    report.add(FactList{.name = {}, .facts = {{"folder", name}}}).add(std::move(files));
    return context.show(report);
  }
  context.out() << fmt::format(
      "{0}/ is a project of {1} files: its README.md says what each is for. Next:\n\n"
      "  cd {0}\n"
      "  cmake -G Ninja -B build{2}\n"
      "  cmake --build build\n"
      "  ctest --test-dir build\n"
      "  build/{0} run --config day.toml\n"
      "  sqlite3 data/readers.db 'SELECT * FROM readers'\n",
      name, made->size(), prefix_option(project_template));
  return exit_done;
}

}  // namespace

std::string flaw_of_project_name(const std::string& name) {
  if (name.empty() || !is_lower(name.front())) return "it begins with none of a-z";
  const bool known = std::ranges::all_of(
      name, [](char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '_'; });
  if (!known) return "it has other characters than a-z, 0-9 and '_'";
  if (name.size() > name_length_max)
    return fmt::format("it has more than {} bytes", name_length_max);
  if (name.find("__") != std::string::npos || name.back() == '_') {
    return "underscores stand alone, between others";
  }
  if (std::ranges::find(taken, name) != taken.end()) return "C++, CMake or a library has taken it";
  if (is_of_the_system(name)) return "a function, macro or header of C, POSIX or C++ has it";
  return {};
}

std::string renamed(std::string text, const std::string& name) {
  for (std::size_t at = text.find(template_word); at != std::string::npos;
       at = text.find(template_word, at)) {
    const auto end = at + template_word.size();
    const bool alone =
        (at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]));
    if (alone) text.replace(at, template_word.size(), name);
    at += alone ? name.size() : template_word.size();
  }
  return text;
}

Result<std::vector<fs::path>, Problem> make_project(const fs::path& project_template,
                                                    const fs::path& parent,
                                                    const std::string& name) {
  const auto flaw = flaw_of_project_name(name);
  if (!flaw.empty()) {
    return Unexpected(Problem{.code = "new.bad_name",
                              .field = name,
                              .message = fmt::format("'{}' cannot name a project: {}", name, flaw),
                              .hint = "a name such as 'orders' or 'ticket_sales'"});
  }
  const auto folder = parent / name;
  if (fs::exists(fs::symlink_status(folder))) {
    return Unexpected(Problem{.code = "new.exists",
                              .field = name,
                              .message = fmt::format("'{}' is there already", folder.string()),
                              .hint = "another name, or another folder to be in"});
  }
  if (!fs::is_directory(project_template)) {
    return Unexpected(
        Problem{.code = "new.no_template",
                .field = project_template.string(),
                .message = "there is no template project",
                .hint = "it is installed with the tool: `cmake --install`, and call that tool"});
  }
  // Others see the folder when it is whole.
  const auto partial = parent / fmt::format(".{}.partial", name);
  try {
    fs::remove_all(partial);
    auto files = copy_renamed(project_template, partial, name);
    fs::rename(partial, folder);
    return files;
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    return Unexpected(Problem{.code = "new.failed",
                              .field = name,
                              .message = error.what(),
                              .hint = "room and rights to write in the folder you are in"});
  }
}

void add_new_verb(CLI::App& tool, ToolContext& context) {
  auto& verb = add_verb(tool, "new", "make a project of your own from the template");
  auto name = std::make_shared<std::string>();
  verb.add_option("name", *name, "of project, namespace and folder: a-z, 0-9 and '_'")->required();
  context.on(verb, [&context, name] { return make_and_tell(context, *name); });
}

}  // namespace tidemark::admin
