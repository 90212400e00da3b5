#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/base/result.hpp"
#include "tool_context.hpp"

namespace tidemark::admin {

/// The word that stands for the project's name in the template's files and their names.
constexpr std::string_view template_word = "lending";

/// Why a project cannot have this name; empty when it can: it becomes a namespace, a Protobuf
/// package, targets of CMake, a program and a folder.
std::string flaw_of_project_name(const std::string& name);

/// `text` with the template's word replaced where it stands alone or beside an underscore.
std::string renamed(std::string text, const std::string& name);

/// Copies the template project to the new folder `parent / name`, with its names replaced; the
/// files, relative to the folder. Nothing is left behind when that fails. Problems: "new.bad_name",
/// "new.exists", "new.no_template", "new.failed".
Result<std::vector<std::filesystem::path>, Problem> make_project(
    const std::filesystem::path& project_template, const std::filesystem::path& parent,
    const std::string& name);

/// The verb `new`.
void add_new_verb(CLI::App& tool, ToolContext& context);

}  // namespace tidemark::admin
