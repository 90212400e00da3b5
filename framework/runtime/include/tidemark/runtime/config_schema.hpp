#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::runtime {

enum class ConfigType : std::uint8_t {
  text,
  integer,
  duration,  ///< "200ms", "5s", "7d"; its range is in microseconds
  size,      ///< "16MiB"; its range is in bytes
  boolean,
  list,    ///< of texts; "a,b" where there is no syntax for lists
  map,     ///< of texts by free names: every key below it ("kafka.settings.linger.ms")
  choice,  ///< one of `choices`
};

/// One key that the configuration may set. A declaration that contradicts itself is a programming
/// error.
struct ConfigKey {
  std::string name;  ///< "store.file": parts of a-z, 0-9 and '_', separated by '.'
  ConfigType type = ConfigType::text;
  std::string fallback = {};  ///< the default, as a flag would say it; a map's is empty
  std::string about = {};     ///< one line for the reference
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string> choices = {};
  bool secret = false;  ///< never printed; texts and maps only
};

/// All keys there are. Whoever composes an application declares them once, and loads a `Config`.
class ConfigSchema {
 public:
  /// Declares a key; its name must be new and not lie below a map.
  ConfigSchema& add(ConfigKey key);

  [[nodiscard]] const std::vector<ConfigKey>& keys() const { return keys_; }
  [[nodiscard]] const ConfigKey* find(std::string_view name) const;
  /// The map that `name` lies below, if there is one.
  [[nodiscard]] const ConfigKey* find_map_above(std::string_view name) const;
  /// The declared name that differs from `name` in the fewest letters; empty without any keys.
  [[nodiscard]] std::string nearest(std::string_view name) const;

  /// A table of all keys in Markdown, in the order of their declaration.
  [[nodiscard]] std::string render_reference() const;

 private:
  std::vector<ConfigKey> keys_;
};

/// The environment variable that sets a key: "store.file" is TIDEMARK_STORE_FILE.
std::string environment_name(std::string_view key);

/// "integer, 1 to 4096", "one of full, normal": for documents and messages.
std::string describe_type(const ConfigKey& key);

}  // namespace tidemark::runtime
