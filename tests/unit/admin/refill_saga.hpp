#pragma once

#include <stdexcept>

#include "counter.hpp"
#include "tidemark/saga/saga_model.hpp"

namespace admin_test {

using namespace tidemark;

/// A saga for each counter but the bank: what is added is booked at the bank, then the counter is
/// watched for a minute. Written by hand, as its table would be compiled.
///
/// Cannot handle a 66. A bank that is full ends it in "refused".
class Refill final : public saga::SagaModel {
 public:
  [[nodiscard]] const SagaSpec& spec() const override { return spec_; }
  [[nodiscard]] const std::vector<saga::StateInfo>& states() const override { return states_; }
  [[nodiscard]] const std::vector<saga::RowInfo>& rows() const override { return rows_; }
  [[nodiscard]] const std::string& table_hash() const override { return hash_; }
  [[nodiscard]] const google::protobuf::Descriptor& data_type() const override {
    return *counter::v1::CounterSnapshot::descriptor();
  }
  [[nodiscard]] const std::vector<const google::protobuf::Descriptor*>& events() const override {
    return events_;
  }
  [[nodiscard]] const std::vector<const google::protobuf::Descriptor*>& commands() const override {
    return commands_;
  }
  [[nodiscard]] std::optional<std::string> correlate(std::string_view,
                                                     std::string_view data) const override {
    counter::v1::Added event;
    event.ParseFromArray(data.data(), static_cast<int>(data.size()));
    if (event.counter_id() == "bank") return std::nullopt;
    return event.counter_id();
  }

  [[nodiscard]] saga::Reply run(std::string_view state, std::string_view data,
                                const saga::Input& input) const override {
    const auto take = [&](std::size_t row) {
      return saga::Reply{.kind = saga::Reply::Kind::moved,
                         .row = row,
                         .to = rows_[row].to,
                         .data = std::string(data)};
    };
    if (state == "watching" && input.kind == saga::Input::Kind::event) return book(input.data);
    if (state == "booking" && input.kind == saga::Input::Kind::rejected) return take(1);
    if (state == "booking" && input.kind == saga::Input::Kind::timer) return take(2);
    return {.kind = saga::Reply::Kind::unexpected};
  }
  [[nodiscard]] std::vector<Outbox::Sent> undo(std::size_t, std::string_view,
                                               UtcTime) const override {
    return {};
  }

 private:
  [[nodiscard]] saga::Reply book(std::string_view data) const {
    counter::v1::Added event;
    event.ParseFromArray(data.data(), static_cast<int>(data.size()));
    if (event.amount() == 66) throw std::runtime_error("66 cannot be booked");
    counter::v1::CounterSnapshot known;
    known.set_total(event.amount());
    return {.kind = saga::Reply::Kind::moved,
            .row = 0,
            .to = "booking",
            .data = known.SerializeAsString(),
            .commands = {{.type = "counter.v1.Add",
                          .data = counter::v1::add("bank", event.amount()).SerializeAsString()}}};
  }

  const SagaSpec spec_{.name = "refill"};
  const std::vector<saga::StateInfo> states_{
      {.name = "watching"},
      {.name = "booking"},
      {.name = "refused", .final = true},
      {.name = "booked", .final = true},
  };
  const std::vector<saga::RowInfo> rows_{
      {.name = "watching+counter.v1.Added#1",
       .from = "watching",
       .input = "counter.v1.Added",
       .to = "booking"},
      {.name = "booking+rejected counter.v1.Add#1",
       .from = "booking",
       .input = "rejected counter.v1.Add",
       .to = "refused"},
      {.name = "booking+after 1 min#1",
       .from = "booking",
       .input = "after 1 min",
       .to = "booked",
       .after_seconds = 60},
  };
  const std::string hash_ = "0123456789abcdef0123456789abcdef";
  const std::vector<const google::protobuf::Descriptor*> events_{counter::v1::Added::descriptor()};
  const std::vector<const google::protobuf::Descriptor*> commands_{counter::v1::Add::descriptor()};
};

}  // namespace admin_test
