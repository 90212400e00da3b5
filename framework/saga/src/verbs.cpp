#include <fmt/format.h>

#include "errands.hpp"
#include "tidemark/saga/verb_check.hpp"
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

Record verb_record(const Moment& moment, const Verb& verb) {
  const auto& instance = moment.instance;
  if (verb.kind == Verb::Kind::pause) return make_record(signed_by<v1::Paused>(verb), instance);
  if (verb.kind == Verb::Kind::cancel) return make_record(signed_by<v1::Cancelled>(verb), instance);
  auto message = signed_by<v1::Resumed>(verb);
  message.set_table_hash(moment.model.table_hash());
  message.set_skip_input(verb.kind == Verb::Kind::resume && instance.status == Status::suspended);
  return make_record(message, instance);
}

}  // namespace

std::optional<Problem> flaw_of_verb(const std::string& instance, Status status, Verb::Kind verb) {
  const auto unless = [&](bool possible, const char* hint) -> std::optional<Problem> {
    if (possible) return std::nullopt;
    return not_possible(instance, status, hint);
  };
  const bool suspended = status == Status::suspended;
  switch (verb) {
    case Verb::Kind::pause:
      return unless(status == Status::running, "only a running one is paused");
    case Verb::Kind::cancel:
      return unless(status != Status::finished && status != Status::cancelled,
                    "it is over already");
    case Verb::Kind::retry:
      return unless(suspended, "only a suspended one is retried");
    case Verb::Kind::resume:
      break;
  }
  return unless(suspended || status == Status::paused, "only a paused or suspended one is resumed");
}

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
    if (auto flaw = flaw_of_verb(instance, folded.status, verb.kind)) {
      return Unexpected(*std::move(flaw));
    }
    const auto appended =
        parts.store.append(parts.append(instance, folded.version, {verb_record(moment, verb)}));
    if (appended) return appended->versions.front();
  }
  return Unexpected(Problem{.code = "saga.contended",
                            .field = instance,
                            .message = "the journal kept changing",
                            .hint = "try again"});
}

}  // namespace tidemark::saga
