#pragma once

#include <string>
#include <vector>

#include "tidemark/saga/saga_model.hpp"

namespace tidemark::testing {

/// A saga whose every run is done twice, to see whether it answers alike. One thread.
class WatchedSaga final : public saga::SagaModel {
 public:
  /// `model` must outlive it.
  explicit WatchedSaga(const saga::SagaModel& model) : model_(model) {}

  /// What was wrong since the last call; empty when nothing was.
  [[nodiscard]] std::string take_complaint();
  /// Whether no row took the last input.
  [[nodiscard]] bool ignored_last() const { return ignored_last_; }

  [[nodiscard]] const SagaSpec& spec() const override { return model_.spec(); }
  [[nodiscard]] const std::vector<saga::StateInfo>& states() const override {
    return model_.states();
  }
  [[nodiscard]] const std::vector<saga::RowInfo>& rows() const override { return model_.rows(); }
  [[nodiscard]] const std::string& table_hash() const override { return model_.table_hash(); }
  [[nodiscard]] const google::protobuf::Descriptor& data_type() const override {
    return model_.data_type();
  }
  [[nodiscard]] const std::vector<const google::protobuf::Descriptor*>& events() const override {
    return model_.events();
  }
  [[nodiscard]] const std::vector<const google::protobuf::Descriptor*>& commands() const override {
    return model_.commands();
  }
  [[nodiscard]] std::optional<std::string> correlate(std::string_view type,
                                                     std::string_view data) const override {
    return model_.correlate(type, data);
  }
  [[nodiscard]] saga::Reply run(std::string_view state, std::string_view data,
                                const saga::Input& input) const override;
  [[nodiscard]] std::vector<Outbox::Sent> undo(std::size_t row, std::string_view data,
                                               UtcTime input_recorded_at) const override {
    return model_.undo(row, data, input_recorded_at);
  }

 private:
  const saga::SagaModel& model_;
  mutable std::string complaint_;
  mutable bool ignored_last_ = false;
};

/// Whether both are the same commands, in the same order.
bool equal(const std::vector<Outbox::Sent>& a, const std::vector<Outbox::Sent>& b);

}  // namespace tidemark::testing
