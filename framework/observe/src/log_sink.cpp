#include "tidemark/observe/log_sink.hpp"

#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>

namespace tidemark::observe {
namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warn", "error"};

/// Lines through one of spdlog's sinks, which serialises the threads.
class PrintingSink final : public LogSink {
 public:
  PrintingSink(std::unique_ptr<spdlog::sinks::sink> out, LogFormat format)
      : format_(format), out_(std::move(out)) {
    out_->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
  }

  void write(const LogLine& line) noexcept override {
    try {
      const auto text = format_ == LogFormat::json ? render_json(line) : render_text(line);
      // The time is given, so that spdlog does not read the system's clock; "%v" never prints it.
      out_->log(spdlog::details::log_msg(spdlog::log_clock::time_point(), spdlog::source_loc(), "",
                                         spdlog::level::info, text));
      out_->flush();
    } catch (...) {  // NOLINT(bugprone-empty-catch): there is nowhere left to say it
    }
  }

 private:
  const LogFormat format_;
  const std::unique_ptr<spdlog::sinks::sink> out_;
};

}  // namespace

std::string_view to_string(Level level) { return level_names.at(static_cast<std::size_t>(level)); }

std::optional<Level> parse_level(std::string_view text) {
  const auto* const found = std::find(level_names.begin(), level_names.end(), text);
  if (found == level_names.end()) return std::nullopt;
  return static_cast<Level>(found - level_names.begin());
}

Result<std::shared_ptr<LogSink>, Problem> open_log(const LogTarget& target) {
  try {
    std::unique_ptr<spdlog::sinks::sink> out;
    if (target.file.empty()) {
      out = std::make_unique<spdlog::sinks::stderr_sink_mt>();
    } else {
      out = std::make_unique<spdlog::sinks::basic_file_sink_mt>(target.file);
    }
    return std::shared_ptr<LogSink>(std::make_shared<PrintingSink>(std::move(out), target.format));
  } catch (const spdlog::spdlog_ex& failed) {
    return Unexpected(Problem{.code = "log.unwritable",
                              .field = target.file,
                              .message = failed.what(),
                              .hint = "name a file in a folder that this user may write to"});
  }
}

std::optional<std::string> CapturingSink::Line::field(std::string_view name) const {
  for (const auto& [known, value] : fields) {
    if (known == name) return value;
  }
  return std::nullopt;
}

void CapturingSink::write(const LogLine& line) noexcept {
  Line kept{.time = line.time, .level = line.level, .event = std::string(line.event), .fields = {}};
  for (const auto part : {line.bound, line.fields}) {
    for (const auto& field : part) {
      kept.fields.emplace_back(field.name(), to_string(field.value()));
    }
  }
  const std::scoped_lock lock(mutex_);
  lines_.push_back(std::move(kept));
}

std::vector<CapturingSink::Line> CapturingSink::lines() const {
  const std::scoped_lock lock(mutex_);
  return lines_;
}

std::vector<CapturingSink::Line> CapturingSink::lines(std::string_view event) const {
  auto found = lines();
  std::erase_if(found, [&](const Line& line) { return line.event != event; });
  return found;
}

}  // namespace tidemark::observe
