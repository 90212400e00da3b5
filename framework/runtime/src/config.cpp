#include "tidemark/runtime/config.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "config_toml.hpp"
#include "config_value.hpp"
#include "tidemark/base/assert.hpp"

namespace tidemark::runtime {
namespace {

constexpr std::string_view environment_prefix = "TIDEMARK_";
constexpr std::size_t file_size_max = 1 << 20;

/// Kubernetes gives every container variables about each service of its namespace. For a service
/// called "tidemark" they have our prefix: TIDEMARK_SERVICE_HOST, TIDEMARK_PORT_8080_TCP_ADDR, …
bool is_service_link(std::string_view name, std::string_view value) {
  return name.ends_with("_SERVICE_HOST") || name.find("_SERVICE_PORT") != std::string_view::npos ||
         name.find("_PORT_") != std::string_view::npos || value.starts_with("tcp://") ||
         value.starts_with("udp://");
}

/// The key, or the entry of a map, that a variable speaks of; none for one that nobody declared.
std::optional<std::string> name_of_variable(const ConfigSchema& schema, std::string_view variable) {
  for (const auto& key : schema.keys()) {
    if (environment_name(key.name) == variable) return key.name;
  }
  for (const auto& key : schema.keys()) {
    const auto prefix = environment_name(key.name) + "_";
    if (key.type != ConfigType::map || !variable.starts_with(prefix)) continue;
    auto entry = std::string(variable.substr(prefix.size()));
    std::transform(entry.begin(), entry.end(), entry.begin(), [](char c) {
      const bool upper = c >= 'A' && c <= 'Z';
      return c == '_' ? '.' : upper ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return key.name + "." + entry;
  }
  return std::nullopt;
}

}  // namespace

/// Puts one configuration together, source by source, and collects what is wrong on the way.
class ConfigLoader {
 public:
  explicit ConfigLoader(const ConfigSchema& schema) {
    config_.schema_ = schema;
    for (const auto& key : schema.keys()) {
      if (key.type == ConfigType::map) continue;
      apply({.name = key.name, .origin = "default", .value = key.fallback});
    }
  }

  void add(const ConfigFile& file) {
    auto all = config::read_toml(config_.schema_, file);
    if (!all) {
      problems_.push_back(all.error());
      return;
    }
    for (const auto& said : *all) apply(said);
  }

  void add(const Environment& environment) {
    for (const auto& [variable, value] : environment) {
      if (!variable.starts_with(environment_prefix)) continue;
      const auto name = name_of_variable(config_.schema_, variable);
      if (name) {
        apply({.name = *name, .origin = "environment " + variable, .value = value});
      } else if (!is_service_link(variable, value)) {
        add_unknown_variable(variable);
      }
    }
  }

  void add(const std::string& flag) {
    const auto equals = flag.find('=');
    if (equals == std::string::npos || equals == 0) {
      problems_.push_back({.code = "config.bad_flag",
                           .field = flag.substr(0, equals),
                           .message = "is no setting",
                           .hint = "write section.key=value"});
      return;
    }
    apply({.name = flag.substr(0, equals), .origin = "flag", .value = flag.substr(equals + 1)});
  }

  Result<Config, std::vector<Problem>> finish() && {
    if (!problems_.empty()) return Unexpected(std::move(problems_));
    return std::move(config_);
  }

 private:
  void apply(const config::Said& said) {
    const auto* key = config_.schema_.find(said.name);
    if (key == nullptr) key = config_.schema_.find_map_above(said.name);
    if (key == nullptr) {
      problems_.push_back(
          {.code = "config.unknown_key",
           .field = said.name,
           .message = "is no known key, in " + said.origin,
           .hint = fmt::format("did you mean {}?", config_.schema_.nearest(said.name))});
      return;
    }
    auto value = config::read_value(*key, said);
    if (!value) {
      problems_.push_back(value.error());
      return;
    }
    config_.settings_.insert_or_assign(
        said.name, Config::Setting{.value = std::move(value).value(), .origin = said.origin});
  }

  void add_unknown_variable(const std::string& variable) {
    auto name = variable.substr(environment_prefix.size());
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    problems_.push_back(
        {.code = "config.unknown_key",
         .field = variable,
         .message = "is a variable for no known key",
         .hint = fmt::format("did you mean {}?", environment_name(config_.schema_.nearest(name)))});
  }

  Config config_;
  std::vector<Problem> problems_;
};

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (!text.starts_with(environment_prefix) || equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

Result<ConfigFile, Problem> read_config_file(const std::string& path) {
  const auto unreadable = [&](std::string message) {
    return Unexpected(Problem{.code = "config.unreadable",
                              .field = path,
                              .message = std::move(message),
                              .hint = "name a TOML file that this user may read"});
  };
  std::ifstream in(path, std::ios::binary);
  if (!in) return unreadable("cannot be opened");
  ConfigFile file{.path = path, .text = std::string(file_size_max + 1, '\0')};
  in.read(file.text.data(), static_cast<std::streamsize>(file.text.size()));
  if (in.bad() || (in.fail() && !in.eof())) return unreadable("cannot be read");
  file.text.resize(static_cast<std::size_t>(in.gcount()));
  if (file.text.size() > file_size_max) return unreadable("is larger than 1 MiB");
  return file;
}

Result<Config, std::vector<Problem>> Config::load(const ConfigSchema& schema,
                                                  const ConfigSources& sources) {
  ConfigLoader loader(schema);
  if (sources.file) loader.add(*sources.file);
  loader.add(sources.environment);
  for (const auto& flag : sources.flags) loader.add(flag);
  return std::move(loader).finish();
}

const Config::Setting& Config::setting(std::string_view name, ConfigType type) const {
  const auto* key = schema_.find(name);
  TIDEMARK_ASSERT(key != nullptr, "a key that is read is declared");
  TIDEMARK_ASSERT(key->type == type, "a key is read by the type it is declared with");
  return settings_.find(name)->second;
}

const std::string& Config::text(std::string_view name) const {
  const auto* key = schema_.find(name);
  TIDEMARK_ASSERT(key == nullptr || !key->secret, "a secret is read by secret()");
  const bool choice = key != nullptr && key->type == ConfigType::choice;
  return std::get<std::string>(setting(name, choice ? ConfigType::choice : ConfigType::text).value);
}

observe::Secret Config::secret(std::string_view name) const {
  return observe::Secret(std::get<std::string>(setting(name, ConfigType::text).value));
}

std::int64_t Config::integer(std::string_view name) const {
  return std::get<std::int64_t>(setting(name, ConfigType::integer).value);
}

Micros Config::duration(std::string_view name) const {
  return Micros(std::get<std::int64_t>(setting(name, ConfigType::duration).value));
}

std::int64_t Config::size_bytes(std::string_view name) const {
  return std::get<std::int64_t>(setting(name, ConfigType::size).value);
}

bool Config::boolean(std::string_view name) const {
  return std::get<bool>(setting(name, ConfigType::boolean).value);
}

const std::vector<std::string>& Config::list(std::string_view name) const {
  return std::get<std::vector<std::string>>(setting(name, ConfigType::list).value);
}

std::map<std::string, std::string> Config::map(std::string_view name) const {
  const auto* key = schema_.find(name);
  TIDEMARK_ASSERT(key != nullptr && key->type == ConfigType::map, "a map that is read is declared");
  const auto prefix = key->name + ".";
  std::map<std::string, std::string> entries;
  for (auto at = settings_.lower_bound(prefix);
       at != settings_.end() && at->first.starts_with(prefix); ++at) {
    entries.emplace(at->first.substr(prefix.size()), std::get<std::string>(at->second.value));
  }
  return entries;
}

bool Config::is_set(std::string_view name) const {
  const auto* key = schema_.find(name);
  TIDEMARK_ASSERT(key != nullptr, "a key that is asked for is declared");
  if (key->type == ConfigType::map) return !map(name).empty();
  return settings_.find(name)->second.origin != "default";
}

std::vector<ConfigEntry> Config::entries() const {
  std::vector<ConfigEntry> entries;
  for (const auto& key : schema_.keys()) {
    const bool is_map = key.type == ConfigType::map;
    const auto prefix = is_map ? key.name + "." : key.name;
    for (auto at = settings_.lower_bound(prefix); at != settings_.end(); ++at) {
      const auto& [name, setting] = *at;
      if (is_map ? !name.starts_with(prefix) : name != key.name) break;
      auto text = config::to_text(key, setting.value);
      const bool secret =
          key.secret || (is_map && config::speaks_of_secrets(name.substr(prefix.size())));
      if (secret && !text.empty()) text = observe::Secret::mask;
      entries.push_back({.name = name, .value = std::move(text), .origin = setting.origin});
    }
  }
  return entries;
}

}  // namespace tidemark::runtime
