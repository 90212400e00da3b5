#include <fmt/format.h>

#include "errands.hpp"
#include "tidemark/schema/catalogue.hpp"

namespace tidemark::saga {
namespace {

/// A person competes with workers for the journal; they are done after a few records.
constexpr int attempts_max = 50;

template <typename Message>
Record make_record(const Message& message, const Instance& instance) {
  return {.type = Message::descriptor()->full_name(),
          .data = serialize(message),
          .key = fmt::format("verb {}", instance.version.value() + 1),
          .parent = Uuid(),
          .correlation_id = instance.correlation_id,
          .causation_id = {}};
}

template <typename Message>
Message signed_by(const Verb& verb) {
  Message message;
  message.set_by(verb.by);
  message.set_reason(verb.reason);
  return message;
}

Problem not_possible(const std::string& instance, Status status, const char* hint) {
  return {.code = "saga.not_possible",
          .field = instance,
          .message = fmt::format("the instance is {}", to_string(status)),
          .hint = hint};
}

Result<Record, Problem> verb_record(const Moment& moment, const Verb& verb) {
  const auto& instance = moment.instance;
  const bool over = instance.status == Status::finished || instance.status == Status::cancelled;
  switch (verb.kind) {
    case Verb::Kind::pause:
      if (instance.status != Status::running) {
        return Unexpected(not_possible(moment.id, instance.status, "only a running one is paused"));
      }
      return make_record(signed_by<v1::Paused>(verb), instance);
    case Verb::Kind::cancel:
      if (over) return Unexpected(not_possible(moment.id, instance.status, "it is over already"));
      return make_record(signed_by<v1::Cancelled>(verb), instance);
    case Verb::Kind::retry:
    case Verb::Kind::resume:
      break;
  }
  const bool retry = verb.kind == Verb::Kind::retry;
  if (retry ? instance.status != Status::suspended
            : instance.status != Status::suspended && instance.status != Status::paused) {
    return Unexpected(not_possible(
        moment.id, instance.status,
        retry ? "only a suspended one is retried" : "only a paused or suspended one is resumed"));
  }
  auto message = signed_by<v1::Resumed>(verb);
  message.set_table_hash(moment.model.table_hash());
  message.set_skip_input(!retry && instance.status == Status::suspended);
  return make_record(message, instance);
}

}  // namespace

Result<StreamVersion, Problem> Coordinator::apply(const std::string& instance, const Verb& verb) {
  const auto& parts = *parts_;
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const auto folded = parts.fold(instance);
    if (folded.version == StreamVersion()) {
      return Unexpected(Problem{.code = "saga.no_such_instance",
                                .field = instance,
                                .message = "the saga has no instance of this name",
                                .hint = "`saga list` shows them"});
    }
    const Moment moment{.model = parts.model, .id = instance, .instance = folded};
    const auto record = verb_record(moment, verb);
    if (!record) return Unexpected(record.error());
    const auto appended = parts.store.append(parts.append(instance, folded.version, {*record}));
    if (appended) return appended->versions.front();
  }
  return Unexpected(Problem{.code = "saga.contended",
                            .field = instance,
                            .message = "the journal kept changing",
                            .hint = "try again"});
}

}  // namespace tidemark::saga
