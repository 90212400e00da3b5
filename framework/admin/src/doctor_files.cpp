#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <set>

#include "findings.hpp"
#include "tidemark/admin/feeds.hpp"
#include "tidemark/admin/store_reports.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::admin {
namespace {

constexpr const char* models_file = "models.db";
constexpr const char* intake_file = "intake.db";

struct NamedFile {
  std::string name;
  std::filesystem::path file;
  bool is_log = false;
  bool starts_at_news = false;  ///< of a reaction that would begin at the end of the log
};

std::vector<NamedFile> files_of(const Site& site) {
  std::vector<NamedFile> files;
  if (!site.log().empty()) {
    files.push_back({.name = site.log().filename().string(), .file = site.log(), .is_log = true});
  }
  files.push_back({.name = models_file, .file = site.directory() / models_file});
  for (const auto& feed : feed_files(site)) {
    files.push_back({.name = feed.file,
                     .file = site.directory() / feed.file,
                     .starts_at_news = starts_at_news(site.manifest(), feed.name)});
  }
  files.push_back({.name = intake_file, .file = site.directory() / intake_file});
  return files;
}

const char* repair(const NamedFile& file) {
  if (file.is_log) {
    return "stop the application, keep a copy, and put back a backup; what SQLite's .recover "
           "reads of it helps to find what is missing";
  }
  if (file.starts_at_news) {
    return "stop the application, keep a copy, and put back a backup; do not remove it: a "
           "reaction that starts at news would begin at the end of the log and miss what came "
           "before";
  }
  return "stop the application, keep a copy, then remove it: it is made anew from the log";
}

/// Whether the code is of a file that this user may not open as SQLite needs it.
bool is_permission(const std::string& code, const std::filesystem::path& file) {
  if (code.ends_with(".read_only")) return true;
  return code.ends_with(".io") && ::access(file.c_str(), R_OK) != 0 && errno == EACCES;
}

/// What a file that cannot be looked at tells: only one that is damaged is to be replaced.
Problem unreadable(const NamedFile& named, const Failure& failure) {
  if (is_permission(failure.code(), named.file)) {
    return {.code = "file.no_permission",
            .field = {},
            .message = "this user may not open it: " + failure.message(),
            .hint =
                "nothing says that it is damaged: run this as the user of the application, who "
                "may write in its folder"};
  }
  const bool damaged =
      failure.code().ends_with(".corrupt") || failure.code().ends_with(".not_a_database");
  return {.code = failure.code(),
          .field = {},
          .message = failure.message(),
          .hint = damaged ? repair(named) : failure.hint()};
}

std::uint64_t page_bytes(sqlite::Database& file) {
  const auto number = [&](const char* name) {
    const auto text = file.pragma(name);
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc() ? value : 0;
  };
  return number("page_count") * number("page_size");
}

void check_pages(Examination& examination, const NamedFile& named, sqlite::Database& file) {
  const auto& options = examination.options;
  const auto bytes = page_bytes(file);
  if (bytes > options.quick_bytes_max && !options.full) {
    examination.leave_out("not all looked at (--full)");
    examination.note(named.name, {.code = "file.not_checked",
                                  .field = {},
                                  .message = fmt::format("its {} MiB were not read", bytes >> 20U),
                                  .hint = "`doctor --full` reads everything"});
    return;
  }
  const auto found = file.pragma("quick_check(1)");
  if (found == "ok") return;
  examination.bad(named.name, {.code = "file.corrupt",
                               .field = {},
                               .message = "SQLite finds it damaged: " + found,
                               .hint = repair(named)});
}

void check_wal(Examination& examination, const NamedFile& named, sqlite::Database& file) {
  const auto bytes = file.wal_size();
  if (bytes <= examination.options.wal_bytes_max) return;
  examination.warn(
      named.name,
      {.code = "file.large_wal",
       .field = {},
       .message = fmt::format("its WAL has grown to {} MiB", bytes >> 20U),
       .hint = "somebody reads it in one long transaction, so nothing can be moved out of the WAL; "
               "find and end that reader"});
}

void check_file(Examination& examination, const NamedFile& named) {
  try {
    // A relative name is taken for one in the directory.
    auto file = examination.site.open_file(
        named.is_log ? std::filesystem::absolute(named.file).string() : named.name);
    if (!file) return;
    check_pages(examination, named, *file);
    check_wal(examination, named, *file);
  } catch (const Failure& failure) {
    examination.bad(named.name, unreadable(named, failure));
  }
}

bool looks_like_model(const std::string& name) {
  return name.ends_with(".db") && name.find(".v") != std::string::npos &&
         name.find(".g") != std::string::npos;
}

}  // namespace

bool starts_at_news(const Manifest& manifest, const std::string& feed) {
  return std::ranges::any_of(manifest.reactions, [&](const auto& reaction) {
    return feed == "reaction/" + reaction.name && reaction.start == "news";
  });
}

void check_manifest(Examination& examination) {
  const auto& problem = examination.site.manifest_problem();
  if (problem) examination.bad("manifest", *problem);
}

void check_files(Examination& examination) {
  for (const auto& file : files_of(examination.site)) check_file(examination, file);
}

void check_chain(Examination& examination) {
  if (!examination.options.full) return examination.leave_out("not looked at (--full)");
  const auto verified =
      examination.site.store().verify([](std::uint64_t, std::uint64_t) { return true; });
  if (!verified.damage) return;
  const auto& damage = *verified.damage;
  examination.bad(fmt::format("position {}", damage.position.value()),
                  {.code = damage.code,
                   .field = {},
                   .message = damage.message,
                   .hint = "somebody changed the file; put back a backup, and find out who"});
}

void check_durability(Examination& examination) {
  if (examination.site.manifest().durability != "normal") return;
  examination.note("log", {.code = "store.normal_durability",
                           .field = "store.durability",
                           .message = "power loss may take the newest acknowledged appends",
                           .hint = "set store.durability=full unless that was decided"});
}

void check_disk(Examination& examination) {
  const auto& site = examination.site;
  if (!site.vfs().empty()) return;
  std::error_code error;
  const auto space = std::filesystem::space(
      site.directory().empty() ? std::filesystem::path(".") : site.directory(), error);
  if (error || space.available >= examination.options.free_bytes_min) return;
  examination.bad(site.directory().string(),
                  {.code = "disk.nearly_full",
                   .field = {},
                   .message = fmt::format("{} MiB are free", space.available >> 20U),
                   .hint = "make room: appends fail with store.disk_full when there is none"});
}

void check_models(Examination& examination) {
  const auto& site = examination.site;
  const bool has_list = site.open(models_file) != nullptr;
  std::set<std::string> listed;
  for (const auto& generation : generations_of(site)) {
    listed.insert(generation.file);
    if (generation.state == projection::GenerationState::filling) continue;
    if (site.open(generation.file)) continue;
    examination.bad(generation.file,
                    {.code = "projection.missing_file",
                     .field = {},
                     .message = fmt::format("the {} build of {} has no file",
                                            to_string(generation.state), generation.projection),
                     .hint = "start the application: it builds what is missing anew"});
  }
  if (!site.vfs().empty()) return;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(site.directory(), error)) {
    const auto name = entry.path().filename().string();
    if (!looks_like_model(name)) continue;
    if (!has_list) {
      examination.bad(models_file,
                      {.code = "projection.missing_list",
                       .field = {},
                       .message = fmt::format("it is missing, though builds such as {} are there: "
                                              "nothing says which of them is live",
                                              name),
                       .hint = "stop the application and put a copy of models.db back; without one "
                               "it builds every read model anew when it is started"});
      return;
    }
    if (listed.contains(name)) continue;
    examination.warn(name, {.code = "projection.unlisted_file",
                            .field = {},
                            .message = "it is no build that models.db lists",
                            .hint = "nobody reads it; remove it unless you keep it on purpose"});
  }
}

}  // namespace tidemark::admin
