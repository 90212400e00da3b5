// [desk]
#include "desk.hpp"

#include <tidemark/schema/catalogue.hpp>
#include <tidemark/security/digest.hpp>

#include "v1/lending.pb.h"

namespace lending {
namespace {

using namespace tidemark::intake;

enum Path : std::size_t { at, ask, book, reader };

Mismatch broken(const char* reason, const char* field) {
  return {.reason = reason, .field = field, .message = "see desk.hpp for what a line is"};
}

/// The id follows from the line, so that the same line again is the same command.
template <typename Message>
Command command_of(const Message& message, std::string_view line, tidemark::UtcTime time) {
  const auto id = tidemark::security::derive(tidemark::Uuid(), {"desk", line});
  Command command;
  command.message.type = Message::descriptor()->full_name();
  command.message.data = tidemark::serialize(message);
  command.message.options.id = tidemark::CommandId(id);
  command.message.options.event_time = time;
  return command;
}

}  // namespace

Desk::Desk() : fields_({"at", "ask", "book", "reader"}) {}

Mapped Desk::map(std::string_view line) {
  const auto read = fields_.read(line);
  if (read == JsonFields::Read::blank) return Blank();
  if (read != JsonFields::Read::fields) return broken("desk.not_json", "");
  const auto time = tidemark::parse_utc_time(fields_[at].text);
  if (!time) return broken("desk.bad_time", "at");
  const auto& request = fields_[ask].text;
  if (request == "wait") return TimeOnly{*time};
  if (fields_[book].text.empty()) return broken("desk.no_book", "book");
  if (request == "lend") {
    v1::LendBook command;
    command.set_book_id(fields_[book].text);
    command.set_reader_id(fields_[reader].text);
    return command_of(command, line, *time);
  }
  if (request == "return") {
    v1::ReturnBook command;
    command.set_book_id(fields_[book].text);
    return command_of(command, line, *time);
  }
  return broken("desk.unknown_request", "ask");
}

std::vector<const google::protobuf::Descriptor*> Desk::fact_types() const { return {}; }

}  // namespace lending
// [/desk]
