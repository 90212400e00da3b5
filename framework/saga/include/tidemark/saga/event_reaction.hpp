#pragma once

#include <deque>
#include <string>
#include <vector>

#include "tidemark/command/command_lines.hpp"
#include "tidemark/feed/handler.hpp"
#include "tidemark/saga/reaction.hpp"

namespace tidemark::saga {

/// The tables of a reaction's file: what the business refused.
void create_reaction_tables(sqlite::Database& file);
/// Keeps refused commands where an operator finds them; the newest 10,000.
void write_refused(sqlite::Database& file,
                   const std::vector<command::CommandLines::Refused>& refused);

/// The command of a reaction: its id follows from the reaction, its input and the ordinal.
/// `input_id` is unique among the reaction's inputs; `parent` lends its time to the id.
command::CommandMessage reaction_command(const ReactionModel& model, const Outbox::Sent& sent,
                                         const Uuid& parent, const std::string& input_id,
                                         std::size_t ordinal);

/// Sends what a reaction makes of the log's events. The feed's checkpoint moves when all commands
/// have their outcome; a crash in between sends some of them again, under the same ids.
class EventReaction final : public feed::Handler {
 public:
  static constexpr std::size_t under_way_max = 256;

  /// Both must outlive it.
  EventReaction(const ReactionModel& model, command::Dispatcher& dispatcher);

  [[nodiscard]] const std::vector<std::string>& types() const override { return types_; }
  void handle(const feed::Delivery& delivery) override;
  bool settled() override { return lines_.poll(); }
  [[nodiscard]] feed::Place failed_place() const override;
  void write(sqlite::Database& file) override;
  void forget() noexcept override;
  [[nodiscard]] bool wants_commit() const override { return lines_.size() >= under_way_max; }

 private:
  const ReactionModel& model_;
  std::vector<std::string> types_;
  command::CommandLines lines_;
  std::vector<feed::Place> places_;  ///< by a command's origin
};

}  // namespace tidemark::saga
