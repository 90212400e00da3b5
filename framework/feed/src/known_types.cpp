#include "known_types.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/failure.hpp"

namespace tidemark::feed {

std::string KnownTypes::Blocked::describe() const {
  return fmt::format("{} {} at {}", category, type, to_string(place));
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

std::optional<KnownTypes::Blocked> KnownTypes::check(const EventView& event, const Type& type) {
  if ((type.known && !type.wanted) || event.tombstone) return std::nullopt;
  const auto category = event.metadata.category();
  if (type.known && category == handled_) return std::nullopt;
  const auto found = categories_.find(category);
  if (!type.known) {
    if (found == categories_.end()) {
      categories_.emplace(
          category, Passed{.type = std::string(event.type), .position = event.metadata.position});
      changed_ = true;
    } else if (!found->second) {
      return Blocked{.category = std::string(category),
                     .type = std::string(event.type),
                     .place = event.metadata.position};
    }
    return std::nullopt;
  }
  if (found == categories_.end()) {
    categories_.emplace(category, std::nullopt);
    changed_ = true;
  } else if (found->second) {
    return Blocked{.category = std::string(category),
                   .type = found->second->type,
                   .place = found->second->position};
  }
  handled_ = category;
  return std::nullopt;
}

Delivery KnownTypes::delivery(const EventView& event, const Type& type) {
  Delivery delivery{.event = event, .key = event.metadata.stream, .place = event.metadata.position};
  if (type.plain) {
    delivery.event.type = type.current;
  } else {
    refresh(delivery, buffer_);
  }
  return delivery;
}

void KnownTypes::refresh(Delivery& delivery, std::string& buffer) const {
  auto& event = delivery.event;
  const auto read = catalogue_.current(event.type, event.data, buffer);
  if (const auto* current = std::get_if<Catalogue::Current>(&read)) {
    event.type = current->type;
    event.data = current->data;
  } else if (std::get<Catalogue::Unreadable>(read) == Catalogue::Unreadable::bad_bytes) {
    delivery.unreadable = "the stored bytes are no message of their type";
  } else {
    delivery.unreadable = "nobody registered the type";
  }
}

void KnownTypes::load(sqlite::Database& file) {
  categories_.clear();
  handled_.clear();
  changed_ = false;
  auto rows =
      file.statement("SELECT category, unknown_type, unknown_position FROM feed_categories");
  while (rows.next()) {
    std::optional<Passed> passed;
    if (!rows.is_null(1)) {
      passed = Passed{.type = std::string(rows.text(1)),
                      .position = Position(static_cast<std::uint64_t>(rows.integer(2)))};
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
    if (passed) insert.bind(2, std::string_view(passed->type)).bind(3, passed->position.value());
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
                     .message = fmt::format("{} {} at position {} was passed by when nobody had "
                                            "registered its type; today it is wanted",
                                            category, passed->type, passed->position.value()),
                     .hint = fmt::format("rebuild what is in {}", file.file().string())});
    }
    changed_ = true;
    return true;
  });
}

}  // namespace tidemark::feed
