#include <filesystem>
#include <fstream>

#include "tidemark/admin/integrity_reports.hpp"
#include "tidemark/security/key_file.hpp"
#include "tool_context.hpp"
#include "usage.hpp"

namespace tidemark::admin {
namespace {

struct CheckpointOptions {
  std::string key_file;
  bool list = false;
  std::uint64_t limit = 100;
};

/// The key that was named, or the application's own.
std::filesystem::path signing_key(const ToolContext& context, const std::string& named) {
  const auto* host = context.environment().host;
  if (!named.empty() || host == nullptr) return named;
  return host->signing_key_file();
}

int issue(ToolContext& context, const std::string& key_file) {
  static_cast<void>(context.site());  // says what is wrong with the file's name
  const auto& environment = context.environment();
  const auto log =
      context.open_log({.signing_key_file = signing_key(context, key_file)}, environment.clock);
  const auto issued = log->issue_checkpoint();
  if (context.json) return context.show(checkpoint_report(issued));
  context.out() << issued.note;
  return exit_done;
}

int prove(ToolContext& context, const std::string& event, const std::string& file) {
  const auto proof = inclusion_proof(context.site(), event);
  if (!proof) return context.fail(proof.error());
  if (file.empty()) {
    context.out() << *proof;
    return exit_done;
  }
  if (std::filesystem::exists(file)) {
    return context.fail({.code = "store.would_overwrite",
                         .field = file,
                         .message = "it is there already",
                         .hint = "name a file that is not there yet"});
  }
  std::ofstream out(file, std::ios::binary);
  out << *proof;
  out.close();
  if (!out) {
    return context.fail({.code = "store.cannot_write",
                         .field = file,
                         .message = "the file cannot be written",
                         .hint = "name one in a folder that is there and writable"});
  }
  return context.show(
      Report().add(FactList{.name = {}, .facts = {{"file", file}, {"size", Size{proof->size()}}}}));
}

int create_key(ToolContext& context, const std::string& name, const std::string& file) {
  if (!security::is_key_name(name)) {
    return context.fail({.code = "key.bad_name",
                         .field = "--name",
                         .message = "'" + name + "' cannot be a key's name",
                         .hint = "1 to 100 visible ASCII characters without '+': example.com/log"});
  }
  const auto key = security::SigningKey::create(name, context.environment().random);
  security::write_key_file(file, key);
  return context.show(Report().add(
      FactList{.name = {}, .facts = {{"file", file}, {"verifier_key", key.verifier().text()}}}));
}

void add_checkpoint(CLI::App& store, ToolContext& context) {
  auto& verb =
      add_verb(store, "checkpoint",
               "issue a checkpoint of the log as it is now, and show it: keep it elsewhere");
  const auto options = std::make_shared<CheckpointOptions>();  // lives as long as the verb's action
  verb.add_option("--key-file", options->key_file,
                  "sign it with this key, made by `key create`; an application's own binary uses "
                  "store.signing_key_file");
  verb.add_flag("--list", options->list, "issue none; list those that were, newest first");
  add_limit(verb, options->limit, "with --list: checkpoints at most");
  context.on(verb, [&context, options] {
    if (!options->list) return issue(context, options->key_file);
    return context.show(checkpoint_list(context.site(), options->limit));
  });
}

void add_prove(CLI::App& store, ToolContext& context) {
  auto& verb = add_verb(store, "prove",
                        "show that an event is in the log of the newest checkpoint, as JSON");
  const auto event = std::make_shared<std::string>();  // as above
  const auto file = std::make_shared<std::string>();   // as above
  verb.add_option("EVENT", *event, "its position or its id")->required();
  verb.add_option("--out", *file, "write it to this file, which is not there yet");
  context.on(verb, [&context, event, file] { return prove(context, *event, *file); });
}

}  // namespace

void add_integrity_verbs(CLI::App& store, ToolContext& context) {
  add_checkpoint(store, context);
  add_prove(store, context);
}

void add_key_verbs(CLI::App& tool, ToolContext& context) {
  auto& group = add_group(tool, "key", "keys that checkpoints of the log are signed with");
  auto& verb = add_verb(group, "create",
                        "make a key: writes the secret half to a file, shows the public half");
  const auto name = std::make_shared<std::string>();  // as above
  const auto file = std::make_shared<std::string>();  // as above
  verb.add_option("--name", *name, "whose signature it is, such as example.com/log")->required();
  verb.add_option("--out", *file, "a file that is not there yet; only its owner may read it")
      ->required();
  context.on(verb, [&context, name, file] { return create_key(context, *name, *file); });
}

}  // namespace tidemark::admin
