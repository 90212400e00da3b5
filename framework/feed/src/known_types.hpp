#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/feed/delivery.hpp"
#include "tidemark/schema/catalogue.hpp"
#include "tidemark/sql/database.hpp"

namespace tidemark::feed {

/// What a source knows about the types it meets: which are wanted, under which name today, and
/// which nobody registered. Applies the rule for unknown types that `store_source` states.
class KnownTypes {
 public:
  struct Type {
    bool known = false;
    bool wanted = false;
    bool plain = false;        ///< read today under the name and with the bytes it was stored with
    std::string_view current;  ///< today's name; belongs to the catalogue
  };
  /// An event that may not be passed.
  struct Blocked {
    std::string category;
    std::string type;
    std::string at;
    [[nodiscard]] std::string describe() const;
  };

  explicit KnownTypes(const Catalogue& catalogue) : catalogue_(catalogue) {}

  /// Today's names of what is wanted. Once.
  void want(const std::vector<std::string>& types);

  [[nodiscard]] const Type& of(std::string_view stored_type);
  /// Notes that `delivery` comes next; an answer means that it may not be passed.
  std::optional<Blocked> check(const Delivery& delivery, const Type& type);
  /// Gives a wanted delivery today's form, until the next call.
  void make_current(Delivery& delivery, const Type& type);
  void refresh(Delivery& delivery, std::string& buffer) const;

  /// What was passed by is kept with the checkpoint.
  void load(sql::Database& file);
  void save(sql::Database& file);
  /// "feed.unknown_type", which names what is blocked.
  [[nodiscard]] static Failure failure(const Blocked& blocked);
  /// Throws `Failure` "feed.passed_over" when a type that was passed by as unknown is wanted today.
  void check_passed(sql::Database& file);

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  struct Passed {
    std::string type;
    std::string at;  ///< the first of that type
  };
  /// What was passed by unknown in each category; nothing: the category is handled.
  using Categories = std::map<std::string, std::vector<Passed>, std::less<>>;
  std::optional<Blocked> pass_by(const Delivery& delivery);
  void drop_known();

  const Catalogue& catalogue_;
  std::vector<std::string> wanted_;
  std::unordered_map<std::string, Type, Hash, std::equal_to<>> types_;
  Categories categories_;
  std::string handled_;  ///< the handled category that was met last
  bool changed_ = false;
  std::string buffer_;
};

}  // namespace tidemark::feed
