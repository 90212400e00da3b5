#include "known_types.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark::feed {

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
  const auto category = event.metadata.category();
  if (type.known && category == handled_) return std::nullopt;
  const auto found = categories_.find(category);
  if (!type.known) {
    Passed passed{.type = std::string(event.type), .at = to_string(delivery.place)};
    if (found == categories_.end()) {
      categories_.emplace(category, std::move(passed));
      changed_ = true;
    } else if (!found->second) {
      return Blocked{.category = std::string(category),
                     .type = std::move(passed.type),
                     .at = std::move(passed.at)};
    }
    return std::nullopt;
  }
  if (found == categories_.end()) {
    categories_.emplace(category, std::nullopt);
    changed_ = true;
  } else if (found->second) {
    return Blocked{
        .category = std::string(category), .type = found->second->type, .at = found->second->at};
  }
  handled_ = category;
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
    return;
  }
  switch (std::get<Catalogue::Unreadable>(read)) {
    case Catalogue::Unreadable::unknown_type:
      delivery.unreadable = "nobody registered the type";
      break;
    case Catalogue::Unreadable::bad_bytes:
      delivery.unreadable = "the stored bytes are no message of their type";
      break;
    case Catalogue::Unreadable::upcast_failed:
      delivery.unreadable = buffer;
      break;
  }
}

void KnownTypes::load(sqlite::Database& file) {
  categories_.clear();
  handled_.clear();
  changed_ = false;
  auto rows = file.statement("SELECT category, unknown_type, unknown_at FROM feed_categories");
  while (rows.next()) {
    std::optional<Passed> passed;
    if (!rows.is_null(1)) {
      passed = Passed{.type = std::string(rows.text(1)), .at = std::string(rows.text(2))};
    }
    categories_.emplace(rows.text(0), std::move(passed));
  }
}

void KnownTypes::save(sqlite::Database& file) {
  if (!changed_) return;
  file.statement("DELETE FROM feed_categories").run();
  for (const auto& [category, passed] : categories_) {
    auto insert = file.statement("INSERT INTO feed_categories VALUES (?1, ?2, ?3)");
    insert.bind(1, std::string_view(category));
    if (passed) {
      insert.bind(2, std::string_view(passed->type)).bind(3, std::string_view(passed->at));
    }
    insert.run();
  }
  changed_ = false;
}

void KnownTypes::check_passed(sqlite::Database& file) {
  std::erase_if(categories_, [&](const auto& entry) {
    const auto& [category, passed] = entry;
    if (!passed) return false;
    const auto& type = of(passed->type);
    if (!type.known) return false;
    if (type.wanted) {
      throw Failure({.code = "feed.passed_over",
                     .message = fmt::format("{} {} at {} was passed by when nobody had "
                                            "registered its type; today it is wanted",
                                            category, passed->type, passed->at),
                     .hint = fmt::format("rebuild what is in {}", file.file().string())});
    }
    changed_ = true;
    return true;
  });
}

}  // namespace tidemark::feed
