#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "tidemark/base/time.hpp"
#include "tidemark/schema/catalogue.hpp"

namespace tidemark {

/// What a saga's action may do to the world: send commands. They are journalled with the transition
/// and go out afterwards, in order, the next one after the outcome of the one before.
class Outbox {
 public:
  /// A command as the journal keeps it.
  struct Sent {
    std::string type;
    std::string data;
  };

  explicit Outbox(UtcTime input_recorded_at) : input_recorded_at_(input_recorded_at) {}

  void send(const google::protobuf::Message& command) {
    sent_.push_back({.type = command.GetDescriptor()->full_name(), .data = serialize(command)});
  }
  /// When the input that is being handled was recorded; the only time an action knows.
  [[nodiscard]] UtcTime input_recorded_at() const { return input_recorded_at_; }
  [[nodiscard]] const std::vector<Sent>& sent() const { return sent_; }

 private:
  UtcTime input_recorded_at_;
  std::vector<Sent> sent_;
};

}  // namespace tidemark
