#pragma once

#include <google/protobuf/message.h>

#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidemark {

namespace detail {
template <typename Old>
concept Upcasts = requires(const Old& old) {
  { upcast(old) } -> std::derived_from<google::protobuf::Message>;
};
}  // namespace detail

/// Undefined on purpose: names the type for which no `upcast(const Old&) -> New` is found.
template <typename Old>
struct no_upcast_for;

/// The event and command types that an application knows, and how what was stored under older types
/// is read today: renamed types by `option (tidemark.formerly)`, changed ones by `upcast(const
/// Old&) -> New`.
///
/// Filled while wiring, then only read: reading is safe from any thread. Entries are never removed.
class Catalogue {
 public:
  /// Makes a type known, and its former names from the proto. A name that two types claim throws
  /// `Failure` "schema.name_taken".
  void add(const google::protobuf::Descriptor& type);
  template <std::derived_from<google::protobuf::Message> Message>
  void add() {
    add(*Message::descriptor());
  }

  /// Stored events of type `Old` are read as what `upcast(old)`, found by argument-dependent
  /// lookup, makes of them; several in a row are followed. `Old` stays readable for ever and is
  /// written no more.
  template <std::derived_from<google::protobuf::Message> Old>
  void upcasts() {
    if constexpr (!detail::Upcasts<Old>) {
      static_cast<void>(sizeof(no_upcast_for<Old>));
    } else {
      using New = decltype(upcast(std::declval<const Old&>()));
      add_upcast(*Old::descriptor(), *New::descriptor(),
                 [](std::string_view data) -> std::optional<std::string> {
                   Old old;
                   if (!old.ParseFromArray(data.data(), static_cast<int>(data.size()))) {
                     return std::nullopt;
                   }
                   return upcast(old).SerializeAsString();
                 });
    }
  }

  /// A stored event as the application reads it today.
  struct Current {
    std::string_view type;  ///< today's name; belongs to the catalogue
    std::string_view data;  ///< the stored bytes, or `buffer` when they were upcast
  };
  enum class Unreadable {
    unknown_type,   ///< nobody registered the type, under no name
    bad_bytes,      ///< the stored bytes are no message of their type
    upcast_failed,  ///< an `upcast` threw
  };
  /// Today's form of `data` stored under `type`. `buffer` holds the new bytes when there are any,
  /// and says to a person what is wrong when it cannot be read.
  /// Costs one look-up when nothing changed.
  std::variant<Current, Unreadable> current(std::string_view type, std::string_view data,
                                            std::string& buffer) const;

  /// Today's name of a type stored under `type`; none when unknown.
  [[nodiscard]] std::optional<std::string_view> current_name(std::string_view type) const;
  /// Every name under which events that are read as `type` today may be stored; `type` itself
  /// first.
  [[nodiscard]] std::vector<std::string> stored_names(std::string_view type) const;
  /// The descriptor of a type that was added.
  [[nodiscard]] const google::protobuf::Descriptor* find(std::string_view type) const;
  /// All types that were added, by name.
  [[nodiscard]] std::vector<const google::protobuf::Descriptor*> types() const;

 private:
  using Upcast = std::function<std::optional<std::string>(std::string_view)>;
  struct Entry {
    const google::protobuf::Descriptor* type = nullptr;
    std::string next;  ///< what `upcast` makes of it; empty when it is today's
    Upcast upcast;
  };
  void add_upcast(const google::protobuf::Descriptor& from, const google::protobuf::Descriptor& to,
                  Upcast upcast);
  [[nodiscard]] const Entry* entry(std::string_view type) const;

  std::map<std::string, Entry, std::less<>> entries_;         ///< by full name
  std::map<std::string, std::string, std::less<>> formerly_;  ///< former name → full name
};

/// A digest, as hex, of what the bytes of `type` mean: numbers, kinds and names of its fields, and
/// those of the messages in it. Two layouts that read each other's bytes differently have different
/// ones.
std::string fingerprint(const google::protobuf::Descriptor& type);

/// The bytes of `message`, the same for the same content: maps are sorted.
std::string serialize(const google::protobuf::Message& message);

}  // namespace tidemark
