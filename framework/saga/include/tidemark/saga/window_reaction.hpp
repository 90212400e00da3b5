#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/position.hpp"
#include "tidemark/command/command_lines.hpp"
#include "tidemark/projection/closed_windows.hpp"
#include "tidemark/runtime/guarded.hpp"
#include "tidemark/runtime/worker.hpp"
#include "tidemark/saga/reaction.hpp"

namespace tidemark::saga {

/// The live read model of a projection: which generation it is, and its file.
struct LiveModel {
  std::uint64_t generation = 0;
  std::filesystem::path file;
};

struct WindowReactionOptions {
  std::string projection;
  /// The live model at this moment; none before there is one.
  std::function<std::optional<LiveModel>()> live;
  /// The log's high-water mark, for a reaction that starts with the news.
  std::function<Position()> high_water;
};

/// Sends what a reaction makes of the closed windows of one projection, in the order of closing.
///
/// Where it stands is kept in the reaction's own file, per generation of the read model: after a
/// rebuild it goes through the new generation from its start. The same window and revision have the
/// same command ids in every generation, so what was sent before is not done again.
class WindowReaction final : public runtime::Worker {
 public:
  static constexpr std::uint64_t batch_max = 512;

  /// All references must outlive it. `file`: the worker's own connection to the reaction's file.
  WindowReaction(const ReactionModel& model, WindowReactionOptions options,
                 command::Dispatcher& dispatcher, sqlite::Database& file);

  [[nodiscard]] const std::string& name() const override { return name_; }
  runtime::Step step() override;
  [[nodiscard]] runtime::WorkerReport report() const override { return report_.copy(); }

 private:
  void open(const LiveModel& live);
  void send(const projection::ClosedWindow& closed);
  void save();
  void publish();

  const ReactionModel& model_;
  const WindowReactionOptions options_;
  sqlite::Database& file_;
  const std::string name_;
  command::CommandLines lines_;
  std::optional<LiveModel> live_;
  std::optional<sqlite::Database> rows_;
  Position floor_;            ///< windows that closed at or below it are not for a reaction to news
  std::int64_t handled_ = 0;  ///< seq of the newest window whose commands have their outcome
  std::int64_t read_ = 0;     ///< seq of the newest window whose commands were sent
  runtime::Guarded<runtime::WorkerReport> report_;
};

}  // namespace tidemark::saga
