#include "config_value.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "tidemark/runtime/units.hpp"

namespace tidemark::runtime::config {
namespace {

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto item = trimmed(text.substr(0, comma));
    if (!item.empty()) items.emplace_back(item);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return items;
}

std::string hint_for(const ConfigKey& key) {
  switch (key.type) {
    case ConfigType::text:
      return "write a text; in a file, in quotes";
    case ConfigType::integer:
      return "write a whole number; in a file, without quotes";
    case ConfigType::duration:
      return "write a whole number with a unit (us, ms, s, m, h, d) such as \"200ms\" or \"7d\"";
    case ConfigType::size:
      return "write a whole number with a unit (B, KiB, MiB, GiB, TiB) such as \"16MiB\"";
    case ConfigType::boolean:
      return "write true or false; in a file, without quotes";
    case ConfigType::list:
      return "write a,b as a flag or in the environment; in a file, [\"a\", \"b\"]";
    case ConfigType::map:
      return fmt::format("set its entries one by one: {}.<name>", key.name);
    case ConfigType::choice:
      return fmt::format("write one of {}", fmt::join(key.choices, ", "));
  }
  return "";
}

/// What was said, for a message; nothing of a secret.
std::string quoted(const ConfigKey& key, const Said& said) {
  if (key.secret) return std::string("a value that is not shown");
  struct {
    std::string operator()(const std::string& text) const { return '"' + text + '"'; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(bool truth) const { return truth ? "true" : "false"; }
    std::string operator()(const std::vector<std::string>& /*items*/) const { return "a list"; }
    std::string operator()(const Foreign& foreign) const { return foreign.what; }
  } text;
  return std::visit(text, said.value);
}

Unexpected<Problem> wrong_type(const ConfigKey& key, const Said& said) {
  return Unexpected(
      Problem{.code = "config.wrong_type",
              .field = said.name,
              .message = fmt::format("is {} in {}, not a value of type {}", quoted(key, said),
                                     said.origin, describe_type(key)),
              .hint = hint_for(key)});
}

/// The number that was said, whatever its unit.
std::optional<std::int64_t> number_in(const ConfigKey& key, const Said& said) {
  if (const auto* number = std::get_if<std::int64_t>(&said.value)) {
    return key.type == ConfigType::duration ? std::nullopt : std::optional(*number);
  }
  const auto* text = std::get_if<std::string>(&said.value);
  if (text == nullptr) return std::nullopt;
  if (key.type == ConfigType::size) return parse_size(*text);
  if (key.type == ConfigType::integer) {
    return said.only_texts ? parse_integer(*text) : std::nullopt;
  }
  const auto duration = parse_duration(*text);
  return duration ? std::optional(duration->count()) : std::nullopt;
}

Result<Value, Problem> read_number(const ConfigKey& key, const Said& said) {
  const auto number = number_in(key, said);
  if (!number) return wrong_type(key, said);
  if (*number < key.min || *number > key.max) {
    return Unexpected(Problem{.code = "config.out_of_range",
                              .field = said.name,
                              .message = fmt::format("is {} in {}", quoted(key, said), said.origin),
                              .hint = fmt::format("it must be {}", describe_type(key))});
  }
  return Value(*number);
}

Result<Value, Problem> read_choice(const ConfigKey& key, const Said& said) {
  const auto* text = std::get_if<std::string>(&said.value);
  if (text == nullptr) return wrong_type(key, said);
  if (std::find(key.choices.begin(), key.choices.end(), *text) == key.choices.end()) {
    return Unexpected(Problem{.code = "config.bad_choice",
                              .field = said.name,
                              .message = fmt::format("is {} in {}", quoted(key, said), said.origin),
                              .hint = hint_for(key)});
  }
  return Value(*text);
}

}  // namespace

Result<Value, Problem> read_value(const ConfigKey& key, const Said& said) {
  const auto* text = std::get_if<std::string>(&said.value);
  switch (key.type) {
    case ConfigType::text:
      if (text != nullptr) return Value(*text);
      break;
    case ConfigType::integer:
    case ConfigType::duration:
    case ConfigType::size:
      return read_number(key, said);
    case ConfigType::boolean:
      if (const auto* truth = std::get_if<bool>(&said.value)) return Value(*truth);
      if (text != nullptr && said.only_texts) {
        if (*text == "true" || *text == "false") return Value(*text == "true");
      }
      break;
    case ConfigType::list:
      if (const auto* items = std::get_if<std::vector<std::string>>(&said.value)) {
        return Value(*items);
      }
      if (text != nullptr && said.only_texts) return Value(parse_list(*text));
      break;
    case ConfigType::choice:
      return read_choice(key, said);
    case ConfigType::map:
      // An entry of the map: texts, and what reads as a text without doubt.
      if (said.name == key.name) break;
      if (text != nullptr) return Value(*text);
      if (const auto* number = std::get_if<std::int64_t>(&said.value)) {
        return Value(std::to_string(*number));
      }
      if (const auto* truth = std::get_if<bool>(&said.value)) {
        return Value(std::string(*truth ? "true" : "false"));
      }
      break;
  }
  return wrong_type(key, said);
}

std::string to_text(const ConfigKey& key, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* items = std::get_if<std::vector<std::string>>(&value)) {
    return fmt::format("{}", fmt::join(*items, ","));
  }
  const auto number = std::get<std::int64_t>(value);
  if (key.type == ConfigType::duration) return format_duration(Micros(number));
  if (key.type == ConfigType::size) return format_size(number);
  return std::to_string(number);
}

bool speaks_of_secrets(std::string_view name) {
  // As in Kafka's "sasl.password", "ssl.key.pem" and "sasl.oauthbearer.client.secret".
  for (const std::string_view word : {"password", "secret", "token", "key"}) {
    if (name.find(word) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace tidemark::runtime::config
