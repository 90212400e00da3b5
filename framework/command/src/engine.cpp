#include "engine.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <typeinfo>

#include "snapshot.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::command {
namespace {

constexpr std::uint64_t page_max = 10'000;

[[noreturn]] void unreadable(const EventView& event, std::string_view why) {
  throw Failure(
      {.code = "command.unreadable_history",
       .message = fmt::format("event {} of stream '{}' ({}): {}", event.metadata.version.value(),
                              event.metadata.stream, event.type, why),
       .hint = "name the type in the aggregate's Events, or read it with upcast() or "
               "(tidemark.formerly)"});
}

/// Throws: an `upcast` that does is the aggregate's own code, as `evolve` is.
[[noreturn]] void fail_to_read(const EventView& event, Catalogue::Unreadable what,
                               const std::string& problem) {
  if (what != Catalogue::Unreadable::upcast_failed) unreadable(event, problem);
  throw std::runtime_error(fmt::format("event {} of stream '{}': {}",
                                       event.metadata.version.value(), event.metadata.stream,
                                       problem));
}

}  // namespace

Dispatcher::Engine::Engine(store::EventStore& store_in, const Catalogue& catalogue_in,
                           const Deciders& deciders, const Clock& clock_in, Random& random_in,
                           DispatcherOptions options_in)
    : store(store_in),
      catalogue(catalogue_in),
      clock(clock_in),
      random(random_in),
      options(options_in),
      states(options_in.cached_states_max) {
  for (const auto* model : deciders.aggregates) {
    if (!models.emplace(model->category(), model).second) {
      throw Failure(
          {.code = "command.category_taken",
           .message = fmt::format("two aggregates have the category '{}'", model->category()),
           .hint = "give each aggregate a category of its own"});
    }
    for (const auto& command : model->commands()) {
      add({.model = model, .command = command}, *command.type);
    }
    add_events(*model);
  }
  for (const auto* joint : deciders.joint) {
    for (const auto& command : joint->commands()) {
      add({.joint = joint, .joint_command = command}, *command.type);
    }
    for (const auto& model : joint->aggregates()) check_wired(*model);
  }
}

void Dispatcher::Engine::add(const Route& route, const google::protobuf::Descriptor& command) {
  if (routes.emplace(command.full_name(), route).second) return;
  throw Failure({.code = "command.taken_twice",
                 .message = fmt::format("two aggregates take '{}'", command.full_name()),
                 .hint = "a command has one aggregate: split it in two commands"});
}

void Dispatcher::Engine::add_events(const AggregateModel& model) {
  for (const auto* event : model.events()) {
    check_tags(*event);
    schemas[event->full_name()] = store.register_type(event->full_name(), fingerprint(*event));
  }
}

/// The states that are kept of a category are all of one type.
void Dispatcher::Engine::check_wired(const AggregateModel& model) const {
  const auto* wired = model_of(model.category());
  if (wired != nullptr && typeid(*wired) == typeid(model)) return;
  throw Failure({.code = "command.not_wired",
                 .message = fmt::format("a joint decision needs the aggregate of category '{}', "
                                        "which is not wired",
                                        model.category()),
                 .hint = "wire the aggregate too"});
}

const Route* Dispatcher::Engine::route(std::string_view type) const {
  const auto found = routes.find(type);
  return found == routes.end() ? nullptr : &found->second;
}

const AggregateModel* Dispatcher::Engine::model_of(std::string_view category) const {
  const auto found = models.find(category);
  return found == models.end() ? nullptr : found->second;
}

Result<Dispatcher::Engine::AddressedCommand, CommandError> Dispatcher::Engine::address(
    std::string_view type, std::string_view data) const {
  const auto refuse = [&](const char* code, std::string message, std::string hint) {
    return Unexpected(CommandError{.code = code,
                                   .field = std::string(type),
                                   .message = std::move(message),
                                   .hint = std::move(hint)});
  };
  AddressedCommand addressed{.route = route(type)};
  if (addressed.route == nullptr) {
    return refuse("command.unknown_type", "no aggregate takes it",
                  "wire the aggregate whose Commands name it");
  }
  const auto& [model, command, joint, joint_command] = *addressed.route;
  addressed.message.reset((joint != nullptr ? joint_command.prototype : command.prototype)->New());
  if (!addressed.message->ParseFromArray(data.data(), static_cast<int>(data.size()))) {
    return refuse("command.bad_bytes", fmt::format("{} bytes are no such message", data.size()),
                  "send the serialised message");
  }
  try {
    if (joint != nullptr) {
      addressed.streams = joint_command.streams_of(*addressed.message);
    } else {
      addressed.streams = {command.stream_of(*addressed.message)};
    }
  } catch (const Failure& failure) {
    return refuse("command.bad_stream", failure.message(), failure.hint());
  }
  return addressed;
}

Loaded Dispatcher::Engine::load(const AggregateModel& model, const StreamId& stream) {
  const auto now = store.stream_state(stream);
  auto cached = states.find(stream);
  // What is known of a life that a deletion ended, does not reach what is left, or was folded from
  // other events is of no use.
  if (cached && (cached->deleted_through != now.deleted_through ||
                 cached->version.next() < now.first || cached->skips != now.skips)) {
    cached.reset();
    states.drop(stream);
  }
  if (cached && cached->version == now.version) return *cached;
  // Somebody else wrote to the stream: go on from a copy, because a decision may be reading this
  // one.
  auto loaded = cached ? Loaded{.state = cached->state->clone(),
                                .version = cached->version,
                                .position = cached->position,
                                .snapshot = cached->snapshot,
                                .bytes_since_snapshot = cached->bytes_since_snapshot,
                                .skips = now.skips}
                       : newest_snapshot(model, stream, now);
  loaded.deleted_through = now.deleted_through;
  loaded.skips = now.skips;
  if (loaded.version < now.version) {
    read_on(stream, loaded);
    // All of it was truncated: nothing is known of it, but that it is there.
    if (now.exists() && loaded.version < now.version) loaded.version = now.version;
    // An event that was skipped while it was read may be brought back, and the mark with it.
    if (store.stream_state(stream).skips != now.skips) return loaded;
  }
  save_snapshot(model, stream, loaded);
  states.put(stream, loaded);
  return loaded;
}

void Dispatcher::Engine::read_on(const StreamId& stream, Loaded& loaded) {
  std::string buffer;
  for (bool more = true; more;) {
    const auto end =
        store.read_stream({.stream = stream, .from = loaded.version.next(), .limit = page_max},
                          [&](const EventView& event) {
                            loaded.version = event.metadata.version;
                            loaded.position = event.metadata.position;
                            loaded.bytes_since_snapshot += event.data.size();
                            fold(event, *loaded.state, buffer);
                            return true;
                          });
    more = end.returned == page_max;
  }
}

void Dispatcher::Engine::fold(const EventView& event, AggregateState& state,
                              std::string& buffer) const {
  if (event.tombstone) return;
  const auto now = catalogue.current(event.type, event.data, buffer);
  const auto* current = std::get_if<Catalogue::Current>(&now);
  if (current == nullptr) fail_to_read(event, std::get<Catalogue::Unreadable>(now), buffer);
  switch (state.fold(current->type, current->data)) {
    case Folded::applied:
      break;
    case Folded::unknown_type:
      unreadable(event, "the type is not among its Events");
    case Folded::bad_bytes:
      unreadable(event, "the stored bytes are no message of their type");
  }
}

Loaded Dispatcher::Engine::newest_snapshot(const AggregateModel& model, const StreamId& stream,
                                           const store::StreamState& now) {
  if (has_snapshots(model) && now.exists()) {
    const auto bytes = store.property(store::snapshot_property(stream));
    const auto snapshot = bytes ? decode_snapshot(*bytes) : std::nullopt;
    // One of another layout, of another history of the log (a restored backup), folded from events
    // that are skipped now, of a life that a deletion ended, or too old for what is left of the
    // stream is passed over.
    if (snapshot && snapshot->key == model.snapshot_key() && snapshot->skips == now.skips &&
        snapshot->version <= now.version && snapshot->version > now.deleted_through &&
        snapshot->version.next() >= now.first && store::has_origin(store, snapshot->origin)) {
      if (auto state = model.restore(snapshot->state)) {
        return {.state = std::move(state),
                .version = snapshot->version,
                .position = snapshot->origin.checkpoint.position,
                .snapshot = snapshot->version};
      }
    }
  }
  return {.state = model.initial(), .version = StreamVersion()};
}

bool Dispatcher::Engine::has_snapshots(const AggregateModel& model) const {
  return !model.snapshot_key().empty() &&
         (options.snapshot_every > 0 || options.snapshot_bytes > 0);
}

void Dispatcher::Engine::save_snapshot(const AggregateModel& model, const StreamId& stream,
                                       Loaded& loaded) {
  const auto reached = [](std::uint64_t max, std::uint64_t actual) {
    return max > 0 && actual >= max;
  };
  const auto events = loaded.version.value() - loaded.snapshot.value();
  if (!has_snapshots(model) || events == 0 || loaded.position == Position() ||
      (!reached(options.snapshot_every, events) &&
       !reached(options.snapshot_bytes, loaded.bytes_since_snapshot))) {
    return;
  }
  auto state = loaded.state->snapshot();
  const auto origin = store::origin_at(store, loaded.position);
  if (!state || !origin) return;
  store.set_property(store::snapshot_property(stream),
                     encode_snapshot({.key = model.snapshot_key(),
                                      .version = loaded.version,
                                      .origin = *origin,
                                      .skips = loaded.skips,
                                      .state = *std::move(state)}));
  loaded.snapshot = loaded.version;
  loaded.bytes_since_snapshot = 0;
  // What takes events away takes the snapshot with it, but not one that comes a moment later.
  const auto now = store.stream_state(stream);
  if (now.exists() && now.deleted_through == loaded.deleted_through && now.skips == loaded.skips) {
    return;
  }
  store.set_property(store::snapshot_property(stream), "");
}

void Dispatcher::Engine::advance(const AggregateModel& model, const Stored& stored,
                                 const std::vector<const google::protobuf::Message*>& events) {
  auto loaded = states.take(stored.stream);
  if (!loaded || loaded->version != stored.from) return;
  // Whoever reads it at this moment keeps it; the cache goes on with a copy.
  if (loaded->state.use_count() > 1) loaded->state = loaded->state->clone();
  try {
    for (const auto* event : events) {
      if (loaded->state->fold(*event) != Folded::applied) return;
      loaded->version = loaded->version.next();
      loaded->bytes_since_snapshot += event->ByteSizeLong();
    }
    loaded->position = stored.last;
    save_snapshot(model, stored.stream, *loaded);
  } catch (const std::exception&) {
    return;  // the events are stored, whatever becomes of what is remembered of them
  }
  states.put(stored.stream, *loaded);
}

}  // namespace tidemark::command
