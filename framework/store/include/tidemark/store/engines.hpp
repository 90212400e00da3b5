#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/store/engine.hpp"

namespace tidemark::store {

/// How a store is opened, whichever engine it has: as `SqliteStoreOptions`.
struct OpenOptions {
  Durability durability = Durability::full;
  Micros busy_timeout = std::chrono::seconds(5);
  Micros gather_max{0};  ///< an engine may gather for longer by itself
  std::uint64_t events_max = 4096;
  std::uint64_t data_size_max = 900 * 1024;
  std::uint64_t readers_max = 0;  ///< 0: as many as the engine has unless told
  std::uint64_t checkpoint_every = 100'000;
  std::filesystem::path signing_key_file = {};
  std::vector<std::string> verifier_keys = {};
  std::string vfs = {};     ///< of a file: SQLite's VFS by name
  bool side_store = true;   ///< of a file
  bool read_only = false;   ///< open what is there for reading only
  bool must_exist = false;  ///< do not make a new one
  std::optional<Identity> identity = {};
};

/// An engine whose stores have an address, "scheme://…". A program that links one hands it to what
/// opens stores by their names. Immutable; safe from any thread.
class AddressedEngine {
 public:
  virtual ~AddressedEngine() = default;
  /// Whether it opens stores of this scheme: "postgresql".
  [[nodiscard]] virtual bool takes(std::string_view scheme) const = 0;
  /// An address as it may be shown: without anything that could be a secret.
  [[nodiscard]] virtual std::string shown(std::string_view address) const = 0;
  /// Opens or creates. Throws `Failure` "store.bad_address", "store.no_such_mode" for options that
  /// the engine does not have, and what it throws itself; never with a secret in it.
  [[nodiscard]] virtual std::unique_ptr<StoreEngine> open(const std::string& address,
                                                          const OpenOptions& options,
                                                          const Clock& clock,
                                                          Random& random) const = 0;
};

/// The engines that a program has, beside the embedded one.
using Engines = std::vector<std::reference_wrapper<const AddressedEngine>>;

/// Whether a name is an address, "scheme://…", and not that of a file.
bool is_address(std::string_view name);
/// The engine of an address; null when the program has none for its scheme.
const AddressedEngine* find_engine(const Engines& engines, std::string_view address);
/// The name of a store as it may be shown; of an address without engine only the scheme.
std::string shown_name(const Engines& engines, const std::string& name);

/// Where a store lies, and who can open it.
struct NamedStore {
  std::string name;  ///< a file, or an address: may hold a password, so do not show it
  const Engines& engines;
};
/// Opens the store of a name: a file with the embedded engine, an address with its own. Throws
/// `Failure` "store.unknown_engine" for an address of no engine, and what the engines throw.
std::unique_ptr<StoreEngine> open_store(const NamedStore& named, const OpenOptions& options,
                                        const Clock& clock, Random& random);

}  // namespace tidemark::store
