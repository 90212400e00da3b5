#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tidemark/base/list.hpp"
#include "tidemark/projection/table.hpp"
#include "tidemark/schema/envelope.hpp"

namespace tidemark {

/// Undefined on purpose: asking for its size is how the compiler is made to name the projection and
/// the event for which there is no `static void on(Table<P>&, const Event&, const Metadata&)`. A
/// handler that takes more, for instance something to send with, is none.
template <typename P, typename Event>
struct no_handler_for;

/// What a type must have to be a projection. Its handlers are checked pair by pair, so that the
/// error names the pair.
template <typename P>
concept Projection = std::derived_from<typename P::Row, google::protobuf::Message> && requires {
  typename P::Key;
  typename P::Events;
  { P::spec } -> std::convertible_to<ProjectionSpec>;
};

namespace projection {

template <typename P, typename Event>
concept Handles = requires(Table<P>& rows, const Event& event, const Metadata& metadata) {
  { P::on(rows, event, metadata) } -> std::same_as<void>;
};

template <typename P, typename Event>
constexpr void require_handler() {
  if constexpr (!Handles<P, Event>) static_cast<void>(sizeof(no_handler_for<P, Event>));
}

template <typename P>
concept HasWindow = requires(const typename P::Row& row) {
  { P::window(row) } -> std::same_as<Window>;
};

/// Applies events to rows; keeps a message of each type so that decoding allocates little. One
/// thread at a time.
class Folder {
 public:
  virtual ~Folder() = default;
  /// Hands one event to its handler. `type`: its place in `ProjectionFacts::events`. Throws what
  /// the handler throws, and std::invalid_argument when `data` is no message of that type.
  virtual void fold(Rows& rows, std::size_t type, std::string_view data,
                    const Metadata& metadata) = 0;
};

/// What is known about a projection without its C++ type.
struct ProjectionFacts {
  std::string name;
  std::uint32_t version = 1;
  Micros allowed_lateness{0};
  Micros idle_partition_after{0};
  std::size_t cache_rows_max = 0;
  const google::protobuf::Message* row = nullptr;  ///< an empty one
  std::vector<const google::protobuf::FieldDescriptor*> key;
  std::vector<const google::protobuf::Descriptor*> events;
  bool windowed = false;
  /// A digest of all that decides what lies in the file: row, key, events, version and lateness.
  std::string layout;
};

/// A projection type without its C++ type. Holds no data; safe from any thread.
class ProjectionModel {
 public:
  virtual ~ProjectionModel() = default;
  [[nodiscard]] virtual const ProjectionFacts& facts() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Folder> folder() const = 0;
  /// The window of a row; only when `windowed`.
  [[nodiscard]] virtual Window window(const google::protobuf::Message& row) const = 0;
};

/// Checks the definition and fills in what follows from it. Throws `Failure`
/// "projection.bad_definition".
ProjectionFacts complete(ProjectionFacts facts);
[[noreturn]] void throw_bad_bytes(std::string_view type);

template <typename P, typename... Events>
class TypedFolderOf : public Folder {
 public:
  void fold(Rows& rows, std::size_t type, std::string_view data,
            const Metadata& metadata) override {
    std::size_t index = 0;
    ((index++ == type ? fold_one<Events>(rows, data, metadata) : void()), ...);
  }

 private:
  template <typename Event>
  void fold_one(Rows& rows, std::string_view data, const Metadata& metadata) {
    auto& event = std::get<Event>(events_);
    if (!event.ParseFromArray(data.data(), static_cast<int>(data.size()))) {
      throw_bad_bytes(Event::descriptor()->full_name());
    }
    Table<P> table(rows);
    P::on(table, event, metadata);
  }

  std::tuple<Events...> events_;
};

template <typename P, typename ListType>
struct FolderFor;
template <typename P, typename... Events>
struct FolderFor<P, List<Events...>> {
  using Type = TypedFolderOf<P, Events...>;
};

template <Projection P>
class TypedProjection final : public ProjectionModel {
 public:
  TypedProjection() : facts_(make_facts()) {}
  [[nodiscard]] const ProjectionFacts& facts() const override { return facts_; }
  [[nodiscard]] std::unique_ptr<Folder> folder() const override {
    return std::make_unique<typename FolderFor<P, typename P::Events>::Type>();
  }
  [[nodiscard]] Window window(const google::protobuf::Message& row) const override {
    if constexpr (HasWindow<P>) {
      return P::window(static_cast<const typename P::Row&>(row));
    } else {
      static_cast<void>(row);
      return {};
    }
  }

 private:
  static ProjectionFacts make_facts() {
    constexpr ProjectionSpec spec = P::spec;
    ProjectionFacts facts{.name = std::string(spec.name),
                          .version = spec.version,
                          .allowed_lateness = spec.allowed_lateness,
                          .idle_partition_after = spec.idle_partition_after,
                          .cache_rows_max = spec.cache_rows_max,
                          .row = &P::Row::default_instance(),
                          .key = KeyCodec<typename P::Key>::fields(),
                          .windowed = HasWindow<P>};
    P::Events::for_each([&]<typename Event>() { facts.events.push_back(Event::descriptor()); });
    return complete(std::move(facts));
  }

  const ProjectionFacts facts_;
};

template <Projection P, typename ListType>
struct HandlerCheck;
template <Projection P, typename... Events>
struct HandlerCheck<P, List<Events...>> {
  static constexpr void run() { (require_handler<P, Events>(), ...); }
};

}  // namespace projection

/// Does not compile unless `P` has an `on` for each of its events; the first error names the pair
/// that is missing.
template <Projection P>
constexpr void check_projection() {
  projection::HandlerCheck<P, typename P::Events>::run();
}

/// The model of a projection type. Throws `Failure` "projection.bad_definition" when name, key or
/// row cannot be a table.
template <Projection P>
std::unique_ptr<const projection::ProjectionModel> make_projection() {
  check_projection<P>();
  return std::make_unique<projection::TypedProjection<P>>();
}

}  // namespace tidemark
