#include "known_types.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark::feed {
namespace {

std::string take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return std::string(line);
}

}  // namespace

std::string KnownTypes::Blocked::describe() const {
  return fmt::format("{} {} at {}", category, type, at);
}

void KnownTypes::want(const std::vector<std::string>& types) { wanted_ = types; }

const KnownTypes::Type& KnownTypes::of(std::string_view stored_type) {
  const auto known = types_.find(stored_type);
  if (known != types_.end()) return known->second;
  Type type;
  if (const auto current = catalogue_.current_name(stored_type)) {
    type.known = true;
    type.wanted = std::find(wanted_.begin(), wanted_.end(), *current) != wanted_.end();
    type.plain = *current == stored_type;
    type.current = *current;
  }
  return types_.emplace(stored_type, type).first->second;
}

std::optional<KnownTypes::Blocked> KnownTypes::check(const Delivery& delivery, const Type& type) {
  const auto& event = delivery.event;
  if ((type.known && !type.wanted) || event.tombstone) return std::nullopt;
  if (!type.known) return pass_by(delivery);
  const auto category = event.metadata.category();
  if (category == handled_) return std::nullopt;
  const auto found = categories_.find(category);
  if (found == categories_.end()) {
    categories_.emplace(category, std::vector<Passed>());
    changed_ = true;
  } else if (!found->second.empty()) {
    const auto& first = found->second.front();
    return Blocked{.category = std::string(category), .type = first.type, .at = first.at};
  }
  handled_ = category;
  return std::nullopt;
}

/// Passes by an event of an unknown type, unless its category is handled.
std::optional<KnownTypes::Blocked> KnownTypes::pass_by(const Delivery& delivery) {
  const auto category = delivery.event.metadata.category();
  const auto type = delivery.event.type;
  const auto [found, is_new] = categories_.try_emplace(std::string(category));
  auto& passed = found->second;
  if (!is_new && passed.empty()) {
    return Blocked{.category = std::string(category),
                   .type = std::string(type),
                   .at = to_string(delivery.place)};
  }
  if (std::ranges::find(passed, type, &Passed::type) == passed.end()) {
    passed.push_back({.type = std::string(type), .at = to_string(delivery.place)});
    changed_ = true;
  }
  return std::nullopt;
}

void KnownTypes::make_current(Delivery& delivery, const Type& type) {
  if (type.plain) {
    delivery.event.type = type.current;
  } else {
    refresh(delivery, buffer_);
  }
}

Failure KnownTypes::failure(const Blocked& blocked) {
  return Failure({.code = "feed.unknown_type",
                  .message = fmt::format("nobody registered the type of {}", blocked.describe()),
                  .hint = "run a version that knows the type, or name it in (tidemark.formerly) of "
                          "the type it is today"});
}

void KnownTypes::refresh(Delivery& delivery, std::string& buffer) const {
  auto& event = delivery.event;
  const auto read = catalogue_.current(event.type, event.data, buffer);
  if (const auto* current = std::get_if<Catalogue::Current>(&read)) {
    event.type = current->type;
    event.data = current->data;
  } else {
    delivery.unreadable = buffer;
  }
}

void KnownTypes::load(sql::Database& file) {
  categories_.clear();
  handled_.clear();
  changed_ = false;
  auto rows = file.statement("SELECT category, unknown_type, unknown_at FROM feed_categories");
  while (rows.next()) {
    auto& passed = categories_[std::string(rows.text(0))];
    auto types = rows.text(1);
    auto places = rows.text(2);
    while (!types.empty()) {
      passed.push_back({.type = take_line(types), .at = take_line(places)});
    }
  }
  drop_known();
}

void KnownTypes::save(sql::Database& file) {
  if (!changed_) return;
  file.statement("DELETE FROM feed_categories").run();
  for (const auto& [category, passed] : categories_) {
    std::string types;
    std::string places;
    for (const auto& [type, at] : passed) {
      types += (types.empty() ? "" : "\n") + type;
      places += (places.empty() ? "" : "\n") + at;
    }
    auto insert = file.statement("INSERT INTO feed_categories VALUES (?1, ?2, ?3)");
    insert.bind(1, std::string_view(category));
    if (!passed.empty()) insert.bind(2, std::string_view(types)).bind(3, std::string_view(places));
    insert.run();
  }
  changed_ = false;
}

void KnownTypes::check_passed(sql::Database& file) {
  for (const auto& [category, passed] : categories_) {
    for (const auto& [type, at] : passed) {
      if (!of(type).wanted) continue;
      throw Failure({.code = "feed.passed_over",
                     .message = fmt::format("{} {} at {} was passed by when nobody had "
                                            "registered its type; today it is wanted",
                                            category, type, at),
                     .hint = fmt::format("rebuild what is in {}", file.name())});
    }
  }
}

/// What was unknown once and may be passed by today holds up nothing.
void KnownTypes::drop_known() {
  const auto may_pass = [&](const Passed& each) {
    const auto& type = of(each.type);
    return type.known && !type.wanted;
  };
  for (auto entry = categories_.begin(); entry != categories_.end();) {
    const auto dropped = std::erase_if(entry->second, may_pass);
    changed_ = changed_ || dropped > 0;
    // Not handled by that: nothing that is wanted came yet.
    entry = dropped > 0 && entry->second.empty() ? categories_.erase(entry) : std::next(entry);
  }
}

}  // namespace tidemark::feed
