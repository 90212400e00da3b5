#pragma once

#include <filesystem>

#include "tidemark/admin/manifest.hpp"
#include "tidemark/admin/report.hpp"
#include "tidemark/base/result.hpp"

namespace tidemark::admin {

/// What is wired to what: who takes which commands, who hears which events, and what follows.
Report describe(const Manifest& manifest);

/// Writes a google.protobuf.FileDescriptorSet of all types that events, commands, rows and sagas'
/// data have, imports first, and says what is in it. Problems: "schema.cannot_write".
Result<Report, Problem> schema_export(const Manifest& manifest, const std::filesystem::path& file);

}  // namespace tidemark::admin
