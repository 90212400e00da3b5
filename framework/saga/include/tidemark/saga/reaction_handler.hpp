#pragma once

#include <string>
#include <vector>

#include "tidemark/command/command_lines.hpp"
#include "tidemark/feed/handler.hpp"
#include "tidemark/saga/reaction.hpp"

namespace tidemark::saga {

/// Sends what a reaction makes of what it is fed: events of the log, or closed windows
/// (`window_source`). The feed's checkpoint moves when all commands have their outcome; a crash in
/// between sends some of them again, under the same ids.
///
/// Commands that the business refused are kept in the reaction's file, see `write_refused`.
class ReactionHandler final : public feed::Handler {
 public:
  static constexpr std::size_t under_way_max = 256;
  enum class Of : std::uint8_t { events, windows };

  /// Both must outlive it.
  ReactionHandler(const ReactionModel& model, Of inputs, command::Dispatcher& dispatcher);

  [[nodiscard]] const std::vector<std::string>& types() const override { return types_; }
  void handle(const feed::Delivery& delivery) override;
  bool settled() override { return lines_.poll(); }
  [[nodiscard]] feed::Place failed_place() const override;
  void write(sql::Database& file) override;
  void forget() noexcept override;
  [[nodiscard]] bool wants_commit() const override { return lines_.size() >= under_way_max; }

 private:
  [[nodiscard]] std::vector<Outbox::Sent> react(const EventView& event) const;

  const ReactionModel& model_;
  const Of inputs_;
  std::vector<std::string> types_;
  command::CommandLines lines_;
  std::vector<feed::Place> places_;  ///< by a command's origin
};

}  // namespace tidemark::saga
