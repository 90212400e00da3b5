#include "tidemark/admin/copy_reports.hpp"
#include "tidemark/store/engines.hpp"
#include "tool_context.hpp"

namespace tidemark::admin {
namespace {

constexpr const char* verify_about = "read the whole copy at the end, and check it";

/// What is a matter of files is not done to a store that has none.
Problem of_files_only(std::string name, const char* hint) {
  return {
      .code = "store.files_only", .field = std::move(name), .message = "is no file", .hint = hint};
}

int copy(ToolContext& context, StoreCopyOptions options) {
  options.log = context.log;
  return context.show(store_copy(context.site().store(), options, context.environment()));
}

std::shared_ptr<StoreCopyOptions> add_copy_options(CLI::App& verb, const char* target_about) {
  const auto options = std::make_shared<StoreCopyOptions>();  // lives as long as the verb's action
  verb.add_option("TARGET", options->target, target_about)->required();
  verb.add_flag("--verify", options->verify, verify_about);
  return options;
}

void add_backup(CLI::App& store, ToolContext& context) {
  auto& verb = add_verb(store, "backup",
                        "copy the log into a file, while it is written to; an earlier backup is "
                        "brought up to date");
  const auto options = add_copy_options(verb, "a file, or a folder for tidemark.db in it");
  context.on(verb, [&context, options] {
    if (context.has_file()) return copy(context, *options);
    return context.fail(of_files_only(
        context.shown_log(),
        "back it up with the server's own means, such as pg_dump; `store copy` makes a "
        "file of it"));
  });
}

void add_copy(CLI::App& store, ToolContext& context) {
  auto& verb = add_verb(store, "copy",
                        "copy the log into another store, resumable: as `store backup`, from and "
                        "to any engine");
  const auto options = add_copy_options(verb, "a file, or the address of a store: postgresql://…");
  context.on(verb, [&context, options] { return copy(context, *options); });
}

void add_restore(CLI::App& store, ToolContext& context) {
  auto& verb = add_verb(store, "restore",
                        "make the log of a data directory from a backup, and say what follows");
  const auto options = std::make_shared<RestoreOptions>();  // as above
  verb.add_option("BACKUP", options->backup, "a file that `store backup` made")->required();
  verb.add_option("--into", options->directory, "the data directory; it must not have a log")
      ->required();
  verb.add_flag("--verify", options->verify, verify_about);
  context.on(verb, [&context, options] {
    const auto& environment = context.environment();
    const auto backup = options->backup.string();
    if (!store::is_address(backup)) return context.show(store_restore(*options, environment));
    return context.fail(of_files_only(
        store::shown_name(environment.engines, backup),
        "restore it with the server's own means, such as pg_restore; `store copy` brings "
        "a file into it"));
  });
}

}  // namespace

void add_store_copies(CLI::App& store, ToolContext& context) {
  add_backup(store, context);
  add_restore(store, context);
  add_copy(store, context);
}

}  // namespace tidemark::admin
