#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/failure.hpp"
#include "tidemark/saga/saga_index.hpp"

namespace tidemark::saga {
namespace {

constexpr std::uint64_t journal_page = 10'000;

bool is_finished(const std::vector<const SagaModel*>& sagas, std::string_view name,
                 const Instance& instance) {
  if (instance.status != Status::running || !instance.pending.empty() ||
      !instance.commands.empty()) {
    return false;
  }
  const auto saga = std::ranges::find_if(
      sagas, [&](const SagaModel* model) { return model->spec().name == name; });
  if (saga == sagas.end()) return false;
  const auto* state = find_state(**saga, instance.state);
  return state != nullptr && state->final;
}

}  // namespace

std::vector<const google::protobuf::Descriptor*> journal_types() {
  return {v1::Transitioned::descriptor(), v1::CommandSettled::descriptor(),
          v1::Deferred::descriptor(),     v1::Suspended::descriptor(),
          v1::Resumed::descriptor(),      v1::Paused::descriptor(),
          v1::Cancelled::descriptor()};
}

IndexHandler::IndexHandler(store::EventStore& store, std::vector<const SagaModel*> sagas)
    : store_(store), sagas_(std::move(sagas)) {
  for (const auto* type : journal_types()) types_.push_back(type->full_name());
}

IndexHandler::Cached& IndexHandler::find(const StreamId& stream) {
  const auto found = cached_.find(stream);
  if (found != cached_.end()) return found->second;
  if (cached_.size() >= cached_max) {
    std::erase_if(cached_, [](const auto& entry) { return !entry.second.changed; });
  }
  return cached_[stream];
}

void IndexHandler::handle(const feed::Delivery& delivery) {
  const auto& metadata = delivery.event.metadata;
  if (!metadata.category().starts_with(journal_prefix)) return;
  const auto stream = StreamId::parse(metadata.stream);
  if (!stream) return;
  auto& cached = find(*stream);
  auto& instance = cached.instance;
  // A journal that is not in the cache is folded from its start; it may then be ahead of this
  // record.
  for (bool more = instance.version < metadata.version; more;) {
    const auto end = store_.read_stream(
        {.stream = *stream, .from = instance.version.next(), .limit = journal_page},
        [&](const EventView& record) {
          if (!instance.apply(record)) {
            throw Failure({.code = "saga.unreadable_journal",
                           .message = fmt::format("record {} of '{}' is no record of this version",
                                                  record.metadata.version.value(), stream->name()),
                           .hint = "run the version of the application that wrote it, or newer"});
          }
          return true;
        });
    more = end.returned == journal_page;
  }
  if (!cached.changed) ++changed_;
  cached.changed = true;
}

void IndexHandler::write(sql::Database& file) {
  // In the order of names: two runs over the same log write the same file.
  std::vector<StreamId> streams;
  for (const auto& [stream, cached] : cached_) {
    if (cached.changed) streams.push_back(stream);
  }
  std::ranges::sort(streams);
  for (const auto& stream : streams) {
    auto& cached = cached_[stream];
    write_instance(file, stream, cached.instance);
    cached.changed = false;
  }
  changed_ = 0;
}

void IndexHandler::forget() noexcept {
  cached_.clear();
  changed_ = 0;
}

void IndexHandler::write_instance(sql::Database& file, const StreamId& stream,
                                  const Instance& instance) {
  const auto saga = stream.category().substr(journal_prefix.size());
  const bool finished = is_finished(sagas_, saga, instance);
  const auto status = finished ? Status::finished : instance.status;
  const bool waits =
      status == Status::running && (!instance.commands.empty() || !instance.pending.empty());
  const auto& why = instance.suspension;
  file.statement(
          "INSERT OR REPLACE INTO instances(saga, instance, state, status, version, started_at, "
          "updated_at, open_commands, pending_inputs, timers, correlation_id, code, message, hint, "
          "waits) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)")
      .bind_all(saga, stream.id(), std::string_view(instance.state), to_string(status),
                instance.version.value(), instance.started_at.micros(),
                instance.updated_at.micros(), instance.commands.size(), instance.pending.size(),
                instance.timers.size(), std::string_view(instance.correlation_id),
                why ? std::string_view(why->code()) : std::string_view(),
                why ? std::string_view(why->message()) : std::string_view(),
                why ? std::string_view(why->hint()) : std::string_view(), waits ? 1 : 0)
      .run();
  file.statement("DELETE FROM timers WHERE saga = ?1 AND instance = ?2")
      .bind_all(saga, stream.id())
      .run();
  for (const auto& timer : instance.timers) {
    file.statement(
            "INSERT INTO timers(saga, instance, id, input, due, fires) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .bind_all(saga, stream.id(), std::string_view(timer.id()), std::string_view(timer.input()),
                  timer.due(), status == Status::running ? 1 : 0)
        .run();
  }
}

}  // namespace tidemark::saga
