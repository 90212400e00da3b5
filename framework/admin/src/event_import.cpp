#include <fmt/format.h>

#include <map>

#include "event_line.hpp"
#include "tidemark/admin/transfer.hpp"
#include "tidemark/schema/catalogue.hpp"

namespace tidemark::admin {
namespace {

constexpr std::uint64_t batch_events = 5'000;
constexpr std::uint64_t batch_bytes = 8 * 1024 * 1024;

/// An import under way.
class EventImport {
 public:
  EventImport(const Site& site, store::StoreEngine& log, Random& random,
              const EventImportOptions& options)
      : site_(site), log_(log), random_(random), options_(options) {}

  EventsImported run(std::istream& lines);

 private:
  bool take(const std::string& line);
  bool flush();
  std::uint32_t schema_of(const EventLine& line);
  void fail(Problem problem);
  [[nodiscard]] Problem refusal(const store::AppendError& error,
                                const std::vector<std::uint64_t>& lines) const;

  const Site& site_;
  store::StoreEngine& log_;
  Random& random_;
  const EventImportOptions& options_;
  EventsImported done_;
  std::vector<store::ImportedEvent> batch_;
  std::vector<std::uint64_t> lines_;  ///< of the events in the batch
  std::uint64_t bytes_ = 0;
  std::map<std::pair<std::string, std::string>, std::uint32_t> schemas_;
};

void EventImport::fail(Problem problem) {
  if (!problem.field.starts_with("line")) {
    const auto* colon = problem.field.empty() ? "" : ": ";
    problem.field = fmt::format("line {}{}{}", done_.lines, colon, problem.field);
  }
  done_.problem = std::move(problem);
}

/// What the store said no to, by the lines that the batch came from.
Problem EventImport::refusal(const store::AppendError& error,
                             const std::vector<std::uint64_t>& lines) const {
  if (const auto* before = std::get_if<store::RecordedBefore>(&error)) {
    return {.code = "store.recorded_before",
            .field = fmt::format("line {}", lines.at(before->index)),
            .message = fmt::format("recorded at {}, before the newest in the log ({})",
                                   to_string(before->recorded_at), to_string(before->newest)),
            .hint =
                "a history goes into a log that is not newer than it; --recorded-now stores it "
                "as of now"};
  }
  const auto text = store::to_string(error);
  const auto colon = text.find(": ");
  return {.code = text.substr(0, colon),
          .field = fmt::format("lines {} to {}", lines.front(), lines.back()),
          .message = text.substr(colon + 2),
          .hint = "none of these lines is stored; those before them are"};
}

/// The number that the layout has in this log; it need not be the one that it had elsewhere.
std::uint32_t EventImport::schema_of(const EventLine& line) {
  const auto& type = line.imported.event.type;
  auto fingerprint = line.fingerprint;
  if (fingerprint.empty()) fingerprint = site_.fingerprint_of(type);
  if (fingerprint.empty()) return line.imported.event.schema;
  const auto found = schemas_.find({type, fingerprint});
  if (found != schemas_.end()) return found->second;
  return schemas_[{type, fingerprint}] = log_.register_type(type, fingerprint);
}

bool EventImport::take(const std::string& text) {
  auto line = read_event_line(site_, text);
  if (!line) {
    if (flush()) fail(line.error());
    return false;
  }
  // The framework's own streams are about the log that they were written to.
  if (!*line || (*line)->imported.stream.category().starts_with('$')) {
    ++done_.left_out;
    return true;
  }
  auto& imported = (*line)->imported;
  imported.event.schema = schema_of(**line);
  if (options_.recorded_now) imported.recorded_at.reset();
  bytes_ += imported.event.data.size();
  batch_.push_back(std::move(imported));
  lines_.push_back(done_.lines);
  return (batch_.size() < batch_events && bytes_ < batch_bytes) || flush();
}

bool EventImport::flush() {
  if (batch_.empty()) return true;
  const auto events = batch_.size();
  const auto lines = std::exchange(lines_, {});
  bytes_ = 0;
  const auto imported = log_.import(
      {.id = AppendId(Uuid::version7(site_.now(), random_)), .events = std::exchange(batch_, {})});
  if (!imported) {
    fail(refusal(imported.error(), lines));
    return false;
  }
  log_.maintain();  // so that the WAL does not grow to the size of the file
  done_.known += imported->skipped;
  done_.stored += events - imported->skipped;
  if (options_.keep_going()) return true;
  fail({.code = "import.stopped",
        .field = {},
        .message = "it was asked to stop",
        .hint = "the same command goes on: what is stored is passed over"});
  return false;
}

EventsImported EventImport::run(std::istream& lines) {
  std::string line;
  while (std::getline(lines, line)) {
    ++done_.lines;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (!take(line)) return done_;
  }
  flush();
  return done_;
}

}  // namespace

EventsImported import_events(const Site& site, store::StoreEngine& log, Random& random,
                             std::istream& lines, const EventImportOptions& options) {
  return EventImport(site, log, random, options).run(lines);
}

}  // namespace tidemark::admin
