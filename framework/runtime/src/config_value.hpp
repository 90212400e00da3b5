#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/runtime/config_schema.hpp"

/// Values of the configuration: from what a source says to what the schema wants, and to text.
namespace tidemark::runtime::config {

using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

/// Something that no key can hold, by what people call it: "a table".
struct Foreign {
  std::string what;
};

/// What a source says about one key.
struct Said {
  std::string name;    ///< the key, or an entry of a map
  std::string origin;  ///< "file a.toml:12"
  /// A text where the source knows nothing but texts, else what its syntax says.
  std::variant<std::string, std::int64_t, bool, std::vector<std::string>, Foreign> value;
  bool only_texts = true;  ///< whether the source knows nothing but texts
};

/// The value that `key` takes from it, or what is wrong with it.
Result<Value, Problem> read_value(const ConfigKey& key, const Said& said);

/// The value as a flag would say it.
std::string to_text(const ConfigKey& key, const Value& value);

/// Whether the entry of a map by that name should be masked.
bool speaks_of_secrets(std::string_view name);

}  // namespace tidemark::runtime::config
