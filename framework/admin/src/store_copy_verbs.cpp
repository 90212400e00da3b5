#include "tidemark/admin/copy_reports.hpp"
#include "tool_context.hpp"

namespace tidemark::admin {
namespace {

constexpr const char* verify_about = "read the whole copy at the end, and check it";

void add_copy(CLI::App& store, ToolContext& context, const char* name, const char* about,
              const char* target_about) {
  auto& verb = add_verb(store, name, about);
  const auto options = std::make_shared<StoreCopyOptions>();  // lives as long as the verb's action
  verb.add_option("TARGET", options->target, target_about)->required();
  verb.add_flag("--verify", options->verify, verify_about);
  context.on(verb, [&context, options] {
    const auto& site = context.site();
    options->log = site.log();
    return context.show(store_copy(site.store(), *options, context.environment()));
  });
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
    return context.show(store_restore(*options, context.environment()));
  });
}

}  // namespace

void add_store_copies(CLI::App& store, ToolContext& context) {
  add_copy(store, context, "backup",
           "copy the log into a file, while it is written to; an earlier backup is brought up to "
           "date",
           "a file, or a folder for tidemark.db in it");
  add_restore(store, context);
  add_copy(store, context, "copy",
           "copy the log into another store, resumable: as `store backup`, to any engine",
           "a file, or the address of an engine: engine://…");
}

}  // namespace tidemark::admin
