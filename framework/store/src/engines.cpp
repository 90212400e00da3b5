#include "tidemark/store/engines.hpp"

#include <algorithm>

#include "tidemark/base/failure.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::store {
namespace {

constexpr std::string_view scheme_end = "://";

std::string_view scheme_of(std::string_view address) {
  return address.substr(0, address.find(scheme_end));
}

}  // namespace

bool is_address(std::string_view name) { return name.find(scheme_end) != std::string_view::npos; }

const AddressedEngine* find_engine(const Engines& engines, std::string_view address) {
  const auto found = std::ranges::find_if(
      engines, [&](const AddressedEngine& engine) { return engine.takes(scheme_of(address)); });
  return found == engines.end() ? nullptr : &found->get();
}

std::string shown_name(const Engines& engines, const std::string& name) {
  if (!is_address(name)) return name;
  const auto* engine = find_engine(engines, name);
  if (engine != nullptr) return engine->shown(name);
  return std::string(scheme_of(name)) + "://…";
}

std::unique_ptr<StoreEngine> open_store(const NamedStore& named, const OpenOptions& options,
                                        const Clock& clock, Random& random) {
  if (is_address(named.name)) {
    if (const auto* engine = find_engine(named.engines, named.name)) {
      return engine->open(named.name, options, clock, random);
    }
    throw Failure(
        {.code = "store.unknown_engine",
         .message = std::string(scheme_of(named.name)) + " is no engine that this program has",
         .hint = "name a file, or use a program that was built with this engine"});
  }
  const SqliteStoreOptions defaults;
  return SqliteStore::open(
      {.file = named.name,
       .durability = options.durability,
       .busy_timeout = options.busy_timeout,
       .events_max = options.events_max,
       .data_size_max = options.data_size_max,
       .gather_max = options.gather_max,
       .readers_max = options.readers_max > 0 ? options.readers_max : defaults.readers_max,
       .side_store = options.side_store,
       .checkpoint_every = options.checkpoint_every,
       .signing_key_file = options.signing_key_file,
       .verifier_keys = options.verifier_keys,
       .vfs = options.vfs,
       .read_only = options.read_only,
       .must_exist = options.must_exist,
       .identity = options.identity},
      clock, random);
}

}  // namespace tidemark::store
