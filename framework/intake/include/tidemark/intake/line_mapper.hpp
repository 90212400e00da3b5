#pragma once

#include <google/protobuf/descriptor.h>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tidemark/command/outcome.hpp"
#include "tidemark/schema/envelope.hpp"

namespace tidemark::intake {

/// The line says that something happened: its event is stored once, whatever comes again.
struct Fact {
  StreamId stream;
  /// `schema` and `ingested_at` are filled in by the worker. It must fit the store's limits: one
  /// that does not stops the worker.
  NewEvent event;
};

/// The line asks for something. `message.options` has an id that follows from the line, so that a
/// line that comes twice is one command, and the event time.
struct Command {
  command::CommandMessage message;
};

/// The line only says that its time has come.
struct TimeOnly {
  UtcTime event_time;
};

/// There is nothing in the line.
struct Blank {};

/// The line breaks a rule of its format: it is stored as a `SchemaMismatch`.
struct Mismatch {
  std::string reason;   ///< stable and dotted, one of few: "intake.missing_field"
  std::string field;    ///< the field that is wrong, empty when it is none
  std::string message;  ///< what is wrong, in UTF-8
};

/// What a line means.
using Mapped = std::variant<Blank, TimeOnly, Fact, Command, Mismatch>;

/// When it happened; none for blank and broken lines.
std::optional<UtcTime> event_time(const Mapped& mapped);

/// Turns lines into facts and commands: what an application implements to be fed from outside.
///
/// The same line gives the same answer at all times: after a crash lines are read again. Nothing
/// that stands in a line makes it throw. One thread at a time.
class LineMapper {
 public:
  virtual ~LineMapper() = default;
  /// `line` comes without its newline and has at most 64 KiB; it may be any bytes.
  virtual Mapped map(std::string_view line) = 0;
  /// The types of all facts it makes.
  [[nodiscard]] virtual std::vector<const google::protobuf::Descriptor*> fact_types() const = 0;
};

/// The types of the events that intake itself stores, for the application's catalogue.
std::vector<const google::protobuf::Descriptor*> event_types();

}  // namespace tidemark::intake
