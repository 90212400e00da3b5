#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/observe/log_sink.hpp"

namespace tidemark::observe {

/// Writes structured lines: a stable dotted event name and named fields.
///
///     log.info("relay.started", {{"topic", name}, {"position", 42}});
///
/// A handle: copies share sink, clock and level. A line is written when the call returns; a line
/// below the level costs one atomic load. Safe from any thread. Never throws for a sink that fails.
class Logger {
 public:
  using Fields = std::initializer_list<Field>;

  /// Logs to nowhere, at the price of one comparison.
  static Logger null() { return Logger(); }
  /// `sink` is shared by all copies; `clock` outlives them.
  Logger(std::shared_ptr<LogSink> sink, const Clock& clock, Level minimum = Level::info);

  /// The same logger with `fields` on each of its lines, in front of the line's own.
  [[nodiscard]] Logger with(Fields fields) const;

  void debug(std::string_view event, Fields fields = {}) const { log(Level::debug, event, fields); }
  /// A change of state that an operator cares about.
  void info(std::string_view event, Fields fields = {}) const { log(Level::info, event, fields); }
  /// Something is not as it should be, and the program goes on by itself.
  void warn(std::string_view event, Fields fields = {}) const { log(Level::warn, event, fields); }
  /// Somebody must act: `hint` says how.
  void error(std::string_view event, std::string_view hint, Fields fields = {}) const;
  /// Adds code, message and hint of what was thrown.
  void error(std::string_view event, const Failure& failure, Fields fields = {}) const;
  /// Adds code, field, message and hint.
  void error(std::string_view event, const Problem& problem, Fields fields = {}) const;

  [[nodiscard]] bool enabled(Level level) const;
  /// Changes the level of this logger and of all that share its sink.
  void set_minimum(Level minimum) const;

 private:
  struct Core;
  struct Bound;

  Logger() = default;
  void log(Level level, std::string_view event, Fields fields) const;
  void write_error(std::string_view event, Fields facts, Fields fields) const;

  std::shared_ptr<Core> core_;          // shared by the copies of one logger; none: logs to nowhere
  std::shared_ptr<const Bound> bound_;  // shared and immutable, so that copies are cheap
};

}  // namespace tidemark::observe
