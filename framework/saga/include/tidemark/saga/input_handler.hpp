#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/feed/handler.hpp"
#include "tidemark/saga/coordinator.hpp"

namespace tidemark::saga {

/// Takes the log's events to the instances of one saga, in order per instance, many instances at
/// once.
///
/// Keeps nothing in its feed's file: the journals say what was handled, so an event that comes
/// again changes nothing. An event that cannot be decoded, or that names an impossible instance, is
/// parked by the feed.
class InputHandler final : public feed::Handler {
 public:
  /// Events held at most before the feed must wait for the journals.
  static constexpr std::size_t held_max = 256;

  /// `coordinator` must outlive it.
  explicit InputHandler(Coordinator& coordinator);

  [[nodiscard]] const std::vector<std::string>& types() const override { return types_; }
  void handle(const feed::Delivery& delivery) override;
  bool settled() override;
  void write(sql::Database&) override {}
  void forget() noexcept override;
  [[nodiscard]] bool wants_commit() const override { return held_ >= held_max; }

 private:
  struct Line {
    std::deque<EventInput> waiting;
    std::unique_ptr<Errand> under_way;
  };

  Coordinator& coordinator_;
  std::vector<std::string> types_;
  std::map<std::string, Line> lines_;  ///< by instance
  std::size_t held_ = 0;
  Position newest_;  ///< of what the journals took in
};

}  // namespace tidemark::saga
