#include "tidemark/observe/log.hpp"

#include <atomic>
#include <string>
#include <vector>

namespace tidemark::observe {
struct Logger::Core {
  Core(std::shared_ptr<LogSink> lines, const Clock& time, Level level)
      : sink(std::move(lines)), clock(time), minimum(level) {}

  const std::shared_ptr<LogSink> sink;  // shared: tests keep a capturing sink too
  const Clock& clock;
  std::atomic<Level> minimum;
};

/// Fields that live as long as the logger: the texts, and the views that a line takes.
struct Logger::Bound {
  Bound(std::span<const Field> outer, std::span<const Field> inner) {
    texts.reserve(2 * (outer.size() + inner.size()));  // views into it: it must not move
    for (const auto part : {outer, inner}) {
      for (const auto& field : part) add(field);
    }
  }
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;

  void add(const Field& field) {
    const std::string_view name = texts.emplace_back(field.name());
    const auto* text = std::get_if<std::string_view>(&field.value());
    if (text != nullptr) {
      fields.emplace_back(name, texts.emplace_back(*text));
      return;
    }
    std::visit([&](const auto& value) { fields.emplace_back(name, value); }, field.value());
  }

  std::vector<std::string> texts;
  std::vector<Field> fields;
};

Logger::Logger(std::shared_ptr<LogSink> sink, const Clock& clock, Level minimum)
    : core_(std::make_shared<Core>(std::move(sink), clock, minimum)) {}

Logger Logger::with(Fields fields) const {
  Logger narrower = *this;
  if (core_ == nullptr) return narrower;
  const auto outer = bound_ == nullptr ? std::span<const Field>() : std::span(bound_->fields);
  narrower.bound_ = std::make_shared<const Bound>(outer, std::span(fields.begin(), fields.size()));
  return narrower;
}

bool Logger::enabled(Level level) const {
  return core_ != nullptr && level >= core_->minimum.load(std::memory_order_relaxed);
}

void Logger::set_minimum(Level minimum) const {
  if (core_ != nullptr) core_->minimum.store(minimum, std::memory_order_relaxed);
}

void Logger::log(Level level, std::string_view event, Fields fields) const {
  if (!enabled(level)) return;
  LogLine line{.time = core_->clock.now(), .level = level, .event = event};
  if (bound_ != nullptr) line.bound = bound_->fields;
  line.fields = std::span(fields.begin(), fields.size());
  core_->sink->write(line);
}

void Logger::write_error(std::string_view event, Fields facts, Fields fields) const {
  if (!enabled(Level::error)) return;
  std::vector<Field> all(fields);
  all.insert(all.end(), facts.begin(), facts.end());
  LogLine line{.time = core_->clock.now(), .level = Level::error, .event = event};
  if (bound_ != nullptr) line.bound = bound_->fields;
  line.fields = all;
  core_->sink->write(line);
}

void Logger::error(std::string_view event, std::string_view hint, Fields fields) const {
  write_error(event, {{"hint", hint}}, fields);
}

void Logger::error(std::string_view event, const Failure& failure, Fields fields) const {
  write_error(event,
              {{"code", failure.code()}, {"message", failure.message()}, {"hint", failure.hint()}},
              fields);
}

void Logger::error(std::string_view event, const Problem& problem, Fields fields) const {
  write_error(event,
              {{"code", problem.code},
               {"field", problem.field},
               {"message", problem.message},
               {"hint", problem.hint}},
              fields);
}

}  // namespace tidemark::observe
