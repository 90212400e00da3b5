#pragma once

#include <optional>
#include <string>

#include "tidemark/saga/instance.hpp"
#include "tidemark/saga/saga_model.hpp"
#include "tidemark/schema/envelope.hpp"

/// What an instance does next, as the record that its journal gets. Pure.
namespace tidemark::saga {

/// A record on its way to a journal.
struct Record {
  std::string type;
  std::string data;
  std::string key;  ///< what its event id follows from, besides saga and instance
  Uuid parent;      ///< whose time its event id takes over
  std::string correlation_id;
  std::string causation_id;
};

/// One saga instance at one moment.
struct Moment {
  const SagaModel& model;
  const std::string& id;
  const Instance& instance;
};

/// An input that is to be handled now.
struct Arrival {
  v1::InputRef ref;
  Input input;
  std::string correlation_id;
};

/// The record of handling an input: a transition, a suspension, or that it was ignored. None: an
/// input that starts no instance.
std::optional<Record> handle_input(const Moment& moment, const Arrival& arrival);

/// The record that keeps an input for later.
Record defer_input(const v1::InputRef& ref, const std::string& correlation_id);

/// The record that suspends an instance.
Record suspend(const Moment& moment, const v1::Suspended& why);

/// A timer as an input: recorded as late as it was due, so that what it arms does not drift.
Arrival arrive_timer(const v1::ArmedTimer& timer);

/// The record of a command's outcome: `rejection` none means accepted.
v1::CommandSettled settled_as(const SagaModel& model, const v1::OutgoingCommand& command,
                              const std::optional<Rejection>& rejection);

/// The records of a command's outcome.
std::vector<Record> settle_command(const Moment& moment, const OpenCommand& open,
                                   const v1::CommandSettled& settled);

/// The event of a record: its ids follow from saga, instance and the record's key.
NewEvent to_event(const Record& record, const SagaModel& model, const std::string& instance,
                  UtcTime now);

/// The command ids of a record, by ordinal.
std::string command_id(const Moment& moment, const v1::InputRef& ref, std::size_t ordinal);

}  // namespace tidemark::saga
