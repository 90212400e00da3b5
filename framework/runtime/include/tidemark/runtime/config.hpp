#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/base/time.hpp"
#include "tidemark/observe/secret.hpp"
#include "tidemark/runtime/config_schema.hpp"

namespace tidemark::runtime {

using Environment = std::map<std::string, std::string>;

/// The variables of this process that start with TIDEMARK_.
Environment process_environment();

/// A TOML file that was read.
struct ConfigFile {
  std::string path;
  std::string text;
};

/// Reads a file of at most 1 MiB. One that cannot be read is a `Problem` "config.unreadable".
Result<ConfigFile, Problem> read_config_file(const std::string& path);

/// Where values come from; later ones outweigh earlier ones, and all outweigh the defaults.
struct ConfigSources {
  std::optional<ConfigFile> file = {};
  Environment environment = {};         ///< TIDEMARK_SECTION_KEY; other variables are ignored
  std::vector<std::string> flags = {};  ///< "section.key=value"; the last one of a key counts
};

/// One value with where it is from, for people.
struct ConfigEntry {
  std::string name;
  std::string value;   ///< "***" for a secret that is set
  std::string origin;  ///< "default", "file a.toml:12", "environment TIDEMARK_STORE_FILE", "flag"
};

/// What the configuration says, checked against its schema. Immutable; safe from any thread.
///
/// Asking for a key that is not declared, or by another type than it is declared with, is a
/// programming error.
class Config {
 public:
  /// Puts the sources together. Every mistake in them is reported, not only the first: codes
  /// "config.syntax", "config.unknown_key" (the hint names the nearest key), "config.wrong_type",
  /// "config.out_of_range", "config.bad_choice", "config.bad_flag". A secret's value is in none.
  static Result<Config, std::vector<Problem>> load(const ConfigSchema& schema,
                                                   const ConfigSources& sources);

  /// Of a text or a choice that is no secret.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] observe::Secret secret(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] Micros duration(std::string_view name) const;
  [[nodiscard]] std::int64_t size_bytes(std::string_view name) const;
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& list(std::string_view name) const;
  /// Entries by name; may hold secrets in the clear, so do not log it.
  [[nodiscard]] std::map<std::string, std::string> map(std::string_view name) const;
  /// Whether a source sets it, be it to its default.
  [[nodiscard]] bool is_set(std::string_view name) const;

  /// All values in the order of their declaration, maps entry by entry, secrets masked. An entry of
  /// a map is a secret when the map is, or when its name speaks of a password, secret, token or
  /// key.
  [[nodiscard]] std::vector<ConfigEntry> entries() const;

 private:
  using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;
  struct Setting {
    Value value;
    std::string origin;
  };
  friend class ConfigLoader;

  Config() = default;
  [[nodiscard]] const Setting& setting(std::string_view name, ConfigType type) const;

  ConfigSchema schema_;
  std::map<std::string, Setting, std::less<>> settings_;  // map entries under their full names
};

}  // namespace tidemark::runtime
