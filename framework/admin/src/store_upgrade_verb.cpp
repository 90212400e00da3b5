#include "tidemark/store/engines.hpp"
#include "tool_context.hpp"

namespace tidemark::admin {
namespace {

enum class Found : std::uint8_t { missing, older, current };

/// What is there. Throws what says that it is no store, or a newer one.
Found look(ToolContext& context) {
  try {
    static_cast<void>(context.site());
    return Found::current;
  } catch (const Failure& failure) {
    if (failure.code() == "store.older_format") return Found::older;
    if (failure.code() == "store.missing") return Found::missing;
    throw;
  }
}

const char* text_of(Found found) {
  if (found == Found::missing) return "made";
  return found == Found::older ? "brought up to date" : "is up to date";
}

int upgrade(ToolContext& context, bool create) {
  const auto& environment = context.environment();
  const auto found = look(context);
  const auto log = store::open_store({.name = context.log, .engines = environment.engines},
                                     {.vfs = environment.vfs, .must_exist = !create},
                                     environment.clock, environment.random);
  const auto facts = log->facts(false);
  return context.show(Report().add(FactList{.name = {},
                                            .facts = {{"log", context.shown_log()},
                                                      {"store_id", to_string(facts.store_id)},
                                                      {"engine", facts.engine},
                                                      {"format", std::uint64_t{facts.format}},
                                                      {"result", text_of(found)}}}));
}

}  // namespace

void add_upgrade(CLI::App& store, ToolContext& context) {
  auto& verb = add_verb(store, "upgrade",
                        "bring the log to the format of this version, as the application does when "
                        "it starts; older versions cannot read it then");
  const auto create = std::make_shared<bool>(false);  // lives as long as the verb's action
  verb.add_flag("--create", *create, "make an empty log where there is none");
  context.on(verb, [&context, create] { return upgrade(context, *create); });
}

}  // namespace tidemark::admin
