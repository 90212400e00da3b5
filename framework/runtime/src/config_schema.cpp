#include "tidemark/runtime/config_schema.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "config_value.hpp"
#include "tidemark/base/assert.hpp"

namespace tidemark::runtime {
namespace {

bool is_name(std::string_view name) {
  if (name.empty() || name.front() == '.' || name.back() == '.') return false;
  if (name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

bool has_default_that_fits(const ConfigKey& key) {
  if (key.type == ConfigType::map) return key.fallback.empty();
  return config::read_value(key, {.name = key.name, .origin = "default", .value = key.fallback})
      .has_value();
}

/// Letters to insert, delete or replace on the way from `a` to `b` (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// For a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string code_cell(std::string_view text) {
  return text.empty() ? std::string() : fmt::format("`{}`", cell(text));
}

std::string range(const ConfigKey& key) {
  const auto open = std::numeric_limits<std::int64_t>::max();
  const auto bound = [&](std::int64_t number) { return config::to_text(key, number); };
  if (key.min <= 0 && key.max == open && key.type != ConfigType::integer) return "";
  if (key.max == open) return fmt::format(", at least {}", bound(key.min));
  return fmt::format(", {} to {}", bound(key.min), bound(key.max));
}

}  // namespace

ConfigSchema& ConfigSchema::add(ConfigKey key) {
  TIDEMARK_ASSERT(is_name(key.name), "a key's name");
  TIDEMARK_ASSERT(find(key.name) == nullptr, "a key is declared once");
  TIDEMARK_ASSERT(find_map_above(key.name) == nullptr, "what lies below a map belongs to it");
  TIDEMARK_ASSERT(std::none_of(keys_.begin(), keys_.end(),
                               [&](const ConfigKey& other) {
                                 return environment_name(other.name) == environment_name(key.name);
                               }),
                  "two keys would share one environment variable");
  TIDEMARK_ASSERT(!key.secret || key.type == ConfigType::text || key.type == ConfigType::map,
                  "only texts and maps are secret");
  TIDEMARK_ASSERT(has_default_that_fits(key), "a key's default fits its type");
  keys_.push_back(std::move(key));
  return *this;
}

const ConfigKey* ConfigSchema::find(std::string_view name) const {
  const auto found = std::find_if(keys_.begin(), keys_.end(),
                                  [&](const ConfigKey& key) { return key.name == name; });
  return found == keys_.end() ? nullptr : &*found;
}

const ConfigKey* ConfigSchema::find_map_above(std::string_view name) const {
  const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const ConfigKey& key) {
    return key.type == ConfigType::map && name.size() > key.name.size() + 1 &&
           name.starts_with(key.name) && name[key.name.size()] == '.';
  });
  return found == keys_.end() ? nullptr : &*found;
}

std::string ConfigSchema::nearest(std::string_view name) const {
  const auto found =
      std::min_element(keys_.begin(), keys_.end(), [&](const ConfigKey& a, const ConfigKey& b) {
        return distance(name, a.name) < distance(name, b.name);
      });
  return found == keys_.end() ? std::string() : found->name;
}

std::string ConfigSchema::render_reference() const {
  std::string out =
      "| Key | Type | Default | Environment | What it does |\n"
      "|---|---|---|---|---|\n";
  for (const auto& key : keys_) {
    const bool map = key.type == ConfigType::map;
    out +=
        fmt::format("| {} | {}{} | {} | {} | {} |\n", code_cell(map ? key.name + ".*" : key.name),
                    cell(describe_type(key)), key.secret ? ", secret" : "", code_cell(key.fallback),
                    code_cell(environment_name(key.name) + (map ? "_*" : "")), cell(key.about));
  }
  return out;
}

std::string environment_name(std::string_view key) {
  std::string name = "TIDEMARK_";
  for (const char c : key) {
    const bool lower = c >= 'a' && c <= 'z';
    name += c == '.' ? '_' : lower ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

std::string describe_type(const ConfigKey& key) {
  switch (key.type) {
    case ConfigType::text:
      return "text";
    case ConfigType::integer:
      return "integer" + range(key);
    case ConfigType::duration:
      return "duration" + range(key);
    case ConfigType::size:
      return "size" + range(key);
    case ConfigType::boolean:
      return "boolean";
    case ConfigType::list:
      return "list of texts";
    case ConfigType::map:
      return "map of texts";
    case ConfigType::choice:
      return fmt::format("one of {}", fmt::join(key.choices, ", "));
  }
  return "";
}

}  // namespace tidemark::runtime
