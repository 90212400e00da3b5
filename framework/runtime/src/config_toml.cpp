#include "config_toml.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

namespace tidemark::runtime::config {
namespace {

/// Lists of anything but texts are foreign.
std::variant<std::vector<std::string>, Foreign> items_of(const toml::array& array) {
  std::vector<std::string> items;
  for (const auto& node : array) {
    const auto* text = node.as_string();
    if (text == nullptr) return Foreign{"a list that does not only hold texts"};
    items.push_back(text->get());
  }
  return items;
}

decltype(Said::value) value_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* truth = node.as_boolean()) return truth->get();
  if (const auto* array = node.as_array()) {
    return std::visit([](auto items) -> decltype(Said::value) { return items; }, items_of(*array));
  }
  if (node.is_table()) return Foreign{"a table"};
  return Foreign{node.is_floating_point() ? "a number with a fraction" : "a date or a time"};
}

class Walk {
 public:
  Walk(const ConfigSchema& schema, const std::string& path) : schema_(schema), path_(path) {}

  void into(const toml::table& table, const std::string& above) {
    for (const auto& [key, node] : table) {
      const auto name =
          above.empty() ? std::string(key.str()) : above + "." + std::string(key.str());
      const auto* declared = schema_.find(name);
      const bool leads_on = declared == nullptr || declared->type == ConfigType::map;
      if (const auto* below = node.as_table(); below != nullptr && leads_on) {
        into(*below, name);
        continue;
      }
      said_.push_back({.name = name,
                       .origin = fmt::format("file {}:{}", path_, node.source().begin.line),
                       .value = value_of(node),
                       .only_texts = false});
    }
  }
  std::vector<Said> take() && { return std::move(said_); }

 private:
  const ConfigSchema& schema_;
  const std::string& path_;
  std::vector<Said> said_;
};

}  // namespace

Result<std::vector<Said>, Problem> read_toml(const ConfigSchema& schema, const ConfigFile& file) {
  try {
    const toml::table table = toml::parse(std::string_view(file.text), std::string_view(file.path));
    Walk walk(schema, file.path);
    walk.into(table, "");
    return std::move(walk).take();
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    return Unexpected(
        Problem{.code = "config.syntax",
                .field = fmt::format("{}:{}", file.path, begin.line),
                .message = fmt::format("column {}: {}", begin.column, error.description()),
                .hint = "the file must be TOML: [section], then key = \"value\""});
  }
}

}  // namespace tidemark::runtime::config
