#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "counter.hpp"
#include "protos/tally.pb.h"
#include "tidemark/intake/line_mapper.hpp"
#include "tidemark/schema/catalogue.hpp"

namespace fuse {

/// An aggregate whose code throws.
struct Fuse {
  using Commands = tidemark::List<tally::v1::Struck>;
  using Events = tidemark::List<tally::v1::RoundEnded>;
  static constexpr std::string_view category = "fuse";
  static std::string_view id(const tally::v1::Struck& command) { return command.player(); }
};
inline void evolve(Fuse&, const tally::v1::RoundEnded&) {}
inline tidemark::Decision decide(const Fuse&, const tally::v1::Struck&, const tidemark::Context&) {
  throw std::runtime_error("it blew");
}

}  // namespace fuse

namespace intake_test {

/// The id that a line names by a number.
inline tidemark::Uuid id_of(std::uint64_t number) {
  tidemark::Uuid::Bytes bytes{};
  for (std::size_t at = 0; at < 8; ++at) {
    bytes[15 - at] = static_cast<std::uint8_t>(number >> (8 * at));
  }
  bytes[0] = 1;
  return tidemark::Uuid(bytes);
}

/// Understands lines of words with single spaces:
///   fact <stream> <id> [<amount>]      an addition, stored in "traffic-<stream>"
///   add <counter> <id> <amount>        a command; so are "reset", "noop", "misbehave" and "blow"
///   time <seconds>
/// A last word "@<seconds>" is its time. Everything else is broken, but for spaces.
class Words final : public tidemark::intake::LineMapper {
 public:
  tidemark::intake::Mapped map(std::string_view line) override {
    std::istringstream text{std::string(line)};
    std::vector<std::string> words;
    for (std::string word; text >> word;) words.push_back(word);
    if (words.empty()) return tidemark::intake::Blank();
    auto time = tidemark::UtcTime::from_micros(1'700'000'000'000'000);
    if (words.back().front() == '@') {
      time = at_second(words.back().substr(1));
      words.pop_back();
    }
    if (words.front() == "time") return tidemark::intake::TimeOnly{at_second(words.at(1))};
    if (words.size() < 3) {
      return tidemark::intake::Mismatch{
          .reason = "test.short", .field = "word", .message = "words are missing"};
    }
    if (words[2].find_first_not_of("0123456789") != std::string::npos) {
      return tidemark::intake::Mismatch{
          .reason = "test.no_id", .field = "id", .message = "it is no number"};
    }
    const auto id = id_of(std::stoull(words[2]));
    const std::int64_t amount = words.size() > 3 ? std::stoll(words[3]) : 1;
    if (words.front() == "fact") return fact(words[1], id, amount, time);
    return command(words, id, amount, time);
  }
  [[nodiscard]] std::vector<const google::protobuf::Descriptor*> fact_types() const override {
    return {counter::v1::Added::descriptor()};
  }

 private:
  static tidemark::UtcTime at_second(const std::string& text) {
    return tidemark::UtcTime::from_micros(std::stoll(text) * 1'000'000);
  }
  static tidemark::intake::Mapped fact(const std::string& stream, tidemark::Uuid id,
                                       std::int64_t amount, tidemark::UtcTime time) {
    counter::v1::Added added;
    added.set_amount(amount);
    return tidemark::intake::Fact{.stream = tidemark::StreamId("traffic", stream),
                                  .event = {.event_id = tidemark::EventId(id),
                                            .type = "counter.v1.Added",
                                            .data = tidemark::serialize(added),
                                            .event_time = time}};
  }
  static tidemark::intake::Mapped command(const std::vector<std::string>& words, tidemark::Uuid id,
                                          std::int64_t amount, tidemark::UtcTime time) {
    const auto made = [&](const google::protobuf::Message& message) {
      tidemark::intake::Command command;
      command.message.type = message.GetDescriptor()->full_name();
      command.message.data = tidemark::serialize(message);
      command.message.options.id = tidemark::CommandId(id);
      command.message.options.event_time = time;
      return tidemark::intake::Mapped(command);
    };
    const auto of = [&](auto message) {
      message.set_counter_id(words[1]);
      return made(message);
    };
    if (words[0] == "add") return made(counter::v1::add(words[1], amount));
    if (words[0] == "reset") return of(counter::v1::Reset());
    if (words[0] == "noop") return of(counter::v1::Noop());
    if (words[0] == "misbehave") return of(counter::v1::Misbehave());
    if (words[0] == "blow") {
      tally::v1::Struck struck;
      struck.set_player(words[1]);
      return made(struck);
    }
    if (words[0] == "untaken") return made(counter::v1::Stranger());
    return tidemark::intake::Mismatch{
        .reason = "test.unknown", .field = {}, .message = "no such word"};
  }
};

}  // namespace intake_test
