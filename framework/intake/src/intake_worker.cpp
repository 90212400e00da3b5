#include "tidemark/intake/intake_worker.hpp"

#include <fmt/format.h>

#include <atomic>

#include "answered_before.hpp"
#include "count_names.hpp"
#include "flight.hpp"
#include "notices.hpp"
#include "progress_file.hpp"
#include "stored_before.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/base/bytes.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/intake/v1/mismatch.pb.h"
#include "tidemark/runtime/guarded.hpp"
#include "tidemark/schema/catalogue.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::intake {
namespace {

constexpr auto look_at_tickets = std::chrono::microseconds(200);
constexpr auto look_at_sync = std::chrono::milliseconds(1);
constexpr auto look_at_gate = std::chrono::microseconds(500);
constexpr auto save_age_max = std::chrono::milliseconds(50);
constexpr std::uint64_t save_lines_max = 10'000;
constexpr std::uint64_t lines_in_flight_max = 8'192;
constexpr std::uint64_t bytes_in_flight_max = 32 << 20;
constexpr std::size_t name_size_max = 190;

}  // namespace

struct IntakeWorker::Parts {
  Parts(IntakeOptions options_in, std::unique_ptr<LineSource> source_in,
        std::unique_ptr<LineMapper> mapper_in, const Surroundings& around_in);

  void open();
  std::uint64_t read_lines();
  [[nodiscard]] bool has_room() const;
  /// What the line that is next means; kept until it is taken.
  const Mapped& meaning(const Line& line);
  [[nodiscard]] bool admitted(const Mapped& mapped);
  /// Hands the line in; false when it has to wait.
  bool take(const Line& line, Mapped& mapped);
  void take_fact(const Line& line, Fact& fact);
  bool take_command(const Line& line, Command& command);
  void take_mismatch(const Line& line, const Mismatch& mismatch);
  [[nodiscard]] EventId mismatch_id(const Line& line) const;
  std::uint32_t schema_of(const std::string& type);
  std::uint64_t collect();
  void note_place(const Sheet& sheet);
  [[nodiscard]] bool all_visible() const;
  [[nodiscard]] bool wants_save() const;
  void save();
  void measure(const Counts& counts);
  [[nodiscard]] std::uint64_t done_of_source() const;
  runtime::Step next_step(std::uint64_t settled_lines, std::uint64_t read);

  const IntakeOptions options;
  const std::unique_ptr<LineSource> source;
  const std::unique_ptr<LineMapper> mapper;
  const Surroundings around;
  const std::string name;

  ProgressFile file;
  ProgressFile::Progress progress;  ///< as far as everything is settled
  AnsweredBefore answered;
  std::optional<StoredBefore> stored;
  std::optional<Flight> flight;
  std::map<std::string, std::uint32_t> schemas;
  std::optional<Mapped> mapped;        ///< of the line that is next
  std::uint32_t mapped_partition = 0;  ///< where it stands
  std::int64_t mapped_offset = 0;
  std::vector<RefusedCommand> refused;
  std::vector<CommandId> mended;  ///< answered now; some of them may have failed before
  Counts unsaved;
  std::uint64_t bytes_done = 0;  ///< of a source that cannot be read again
  Micros saved_at{};
  bool opened = false;
  bool at_end = false;
  bool held = false;  ///< the gate did not admit the line that is next
  Notices notices;

  std::atomic<bool> is_done{false};
  std::atomic<bool> is_settled{false};
  runtime::Guarded<Counts> published;
  runtime::Guarded<runtime::WorkerReport> reported;
};

IntakeWorker::Parts::Parts(IntakeOptions options_in, std::unique_ptr<LineSource> source_in,
                           std::unique_ptr<LineMapper> mapper_in, const Surroundings& around_in)
    : options(std::move(options_in)),
      source(std::move(source_in)),
      mapper(std::move(mapper_in)),
      around(around_in),
      name("intake " + options.name),
      file(around.file, around.store),
      answered(file),
      notices(options.name, around.logger) {
  TIDEMARK_ASSERT(!options.name.empty() && options.name.size() <= name_size_max,
                  "an input's name has 1 to 190 bytes");
  auto types = mapper->fact_types();
  for (const auto* type : event_types()) types.push_back(type);
  for (const auto* type : types) {
    schemas[type->full_name()] = around.store.register_type(type->full_name(), fingerprint(*type));
  }
  *published.lock() = counts_in(around.file);
  *reported.lock() = {.name = name, .state = runtime::WorkerState::starting};
}

void IntakeWorker::Parts::open() {
  progress = file.load();
  stored.emplace(around.store, progress.position);
  flight.emplace(Flight::Surroundings{.store = around.store,
                                      .dispatcher = around.dispatcher,
                                      .clock = around.clock,
                                      .random = around.random,
                                      .stored = *stored,
                                      .answered = answered,
                                      .any_failed = failed_in(around.file) > 0});
  source->open(source->resumable() ? progress.reached : Reached());
  file.introduce(options.name, source->description());
  saved_at = around.clock.monotonic();
  opened = true;
  around.logger.info("intake.opened", {{"input", options.name},
                                       {"lines_before", progress.counts.lines},
                                       {"goes_on", source->resumable() ? "yes" : "no"}});
}

/// What waits to be remembered counts too: it grows when intake's own file cannot be written.
bool IntakeWorker::Parts::has_room() const {
  const bool alone = options.commands_in_flight_max == 1 && flight->commands() > 0;
  return flight->facts() < options.facts_in_flight_max && flight->lines() < lines_in_flight_max &&
         flight->bytes() < bytes_in_flight_max && unsaved.lines < save_lines_max && !alone;
}

const Mapped& IntakeWorker::Parts::meaning(const Line& line) {
  if (mapped && mapped_partition == line.partition && mapped_offset == line.offset) return *mapped;
  mapped_partition = line.partition;
  mapped_offset = line.offset;
  if (line.too_long) {
    mapped = Mismatch{.reason = "intake.line_too_long",
                      .field = {},
                      .message = fmt::format("the line has {} bytes, at most {} are allowed",
                                             line.size, line_size_max)};
  } else {
    mapped = mapper->map(line.text);
  }
  return *mapped;
}

bool IntakeWorker::Parts::admitted(const Mapped& what) {
  if (around.gate == nullptr) return true;
  const auto time = event_time(what);
  return !time || around.gate->admit(*time);
}

std::uint64_t IntakeWorker::Parts::read_lines() {
  std::uint64_t read = 0;
  held = false;
  while (read < options.lines_per_step && has_room()) {
    Line line;
    const auto found = source->peek(line);
    at_end = found == LineSource::Found::end;
    if (found == LineSource::Found::more) {
      ++read;  // so that the next step follows at once
      break;
    }
    if (found != LineSource::Found::line) break;
    if (!admitted(meaning(line))) {
      held = true;
      break;
    }
    if (!take(line, *mapped)) break;
    mapped.reset();
    source->take();
    is_settled = false;
    ++read;
  }
  return read;
}

bool IntakeWorker::Parts::take(const Line& line, Mapped& what) {
  if (auto* fact = std::get_if<Fact>(&what)) {
    take_fact(line, *fact);
  } else if (auto* command = std::get_if<Command>(&what)) {
    return take_command(line, *command);
  } else if (const auto* mismatch = std::get_if<Mismatch>(&what)) {
    take_mismatch(line, *mismatch);
  } else {
    flight->add(line, std::holds_alternative<Blank>(what) ? &Counts::blank : &Counts::time_only);
  }
  return true;
}

void IntakeWorker::Parts::take_fact(const Line& line, Fact& fact) {
  fact.event.schema = schema_of(fact.event.type);
  fact.event.ingested_at = around.clock.now();
  flight->add(line,
              {.stream = std::move(fact.stream), .event = std::move(fact.event), .mismatch = {}});
}

bool IntakeWorker::Parts::take_command(const Line& line, Command& command) {
  auto& message = command.message;
  if (!message.options.id) {
    throw Failure({.code = "intake.refused",
                   .message = fmt::format("the mapper made a {} without an id", message.type),
                   .hint = "give each command an id that follows from its line"});
  }
  const auto stream = around.dispatcher.stream_of(message.type, message.data);
  if (!stream) {
    if (stream.error().code == "command.unknown_type") {
      throw Failure(
          {.code = "intake.command_not_taken",
           .message = fmt::format("a line asks for {}, which no aggregate takes", message.type),
           .hint = "wire the aggregate that takes it"});
    }
    take_mismatch(line,
                  {.reason = "intake.bad_value", .field = {}, .message = stream.error().message});
    return true;
  }
  const bool is_free = flight->is_free(*stream, *message.options.id);
  if (!is_free || flight->commands() >= options.commands_in_flight_max) return false;
  flight->add(line, source->partition_name(line.partition), std::move(message), *stream);
  return true;
}

void IntakeWorker::Parts::take_mismatch(const Line& line, const Mismatch& mismatch) {
  const auto partition = source->partition_name(line.partition);
  notices.tell(line, partition, mismatch);
  v1::SchemaMismatch event;
  event.set_source(options.name);
  event.set_partition(partition);
  event.set_offset(line.offset);
  event.set_line(line.number);
  event.set_size(line.size);
  event.set_reason(mismatch.reason);
  event.set_field(mismatch.field);
  event.set_message(mismatch.message);
  event.set_raw(std::string(line.text));
  const auto now = around.clock.now();
  const auto& type = v1::SchemaMismatch::descriptor()->full_name();
  flight->add(line, {.stream = StreamId("intake", options.name),
                     .event = {.event_id = mismatch_id(line),
                               .type = type,
                               .schema = schema_of(type),
                               .data = serialize(event),
                               .event_time = now,
                               .ingested_at = now},
                     .mismatch = mismatch.reason});
}

/// Follows from the place in the source and from what stands there: where a source begins anew, as
/// standard input does, another line may stand at the same place.
EventId IntakeWorker::Parts::mismatch_id(const Line& line) const {
  const auto partition = source->partition_name(line.partition);
  const auto offset = std::to_string(line.offset);
  const auto digest = to_hex(security::as_bytes(security::digest(line.text)));
  return EventId(
      security::derive(Uuid(), {"schema mismatch", options.name, partition, offset, digest}));
}

std::uint32_t IntakeWorker::Parts::schema_of(const std::string& type) {
  const auto found = schemas.find(type);
  if (found != schemas.end()) return found->second;
  throw Failure({.code = "intake.refused",
                 .message = fmt::format("the mapper made a fact of type {}, which is not among its "
                                        "fact_types()",
                                        type),
                 .hint = "add the type there"});
}

/// Takes over what was settled; how many lines that is.
std::uint64_t IntakeWorker::Parts::collect() {
  auto settled = flight->take_settled();
  const auto lines = settled.sheet.counts.lines;
  if (lines == 0) return 0;
  progress.counts += settled.sheet.counts;
  unsaved += settled.sheet.counts;
  progress.position = std::max(progress.position, settled.position);
  for (const auto& each : settled.refused) notices.tell(each);
  std::move(settled.refused.begin(), settled.refused.end(), std::back_inserter(refused));
  std::ranges::move(settled.answered, std::back_inserter(mended));
  note_place(settled.sheet);
  return lines;
}

void IntakeWorker::Parts::note_place(const Sheet& sheet) {
  if (!source->resumable()) {
    bytes_done = static_cast<std::uint64_t>(sheet.places.front().next);
    return;
  }
  auto& reached = progress.reached;
  if (sheet.number > 0) reached.lines = sheet.number;
  for (const auto& [partition, next] : sheet.places) {
    const auto partition_name = source->partition_name(partition);
    auto place = std::ranges::find(reached.places, partition_name, &Reached::Place::partition);
    if (place == reached.places.end()) {
      reached.places.push_back({.partition = partition_name, .next = 0});
      place = std::prev(reached.places.end());
    }
    place->next = next;
  }
}

/// Whether everybody sees what the settled lines led to. What nobody sees yet may be lost with the
/// power: it is not remembered as done.
bool IntakeWorker::Parts::all_visible() const {
  return progress.position == Position() || around.store.high_water() >= progress.position;
}

bool IntakeWorker::Parts::wants_save() const {
  if (unsaved.lines == 0) return false;
  const bool due = flight->empty() || source->wants_rest() || unsaved.lines >= save_lines_max ||
                   around.clock.monotonic() - saved_at >= save_age_max;
  return due && all_visible();
}

void IntakeWorker::Parts::save() {
  if (auto fingerprint = source->fingerprint(); !fingerprint.empty()) {
    progress.reached.fingerprint = std::move(fingerprint);
  }
  // Nothing is under way: all that lines led to stands here or before.
  if (flight->empty()) progress.position = std::max(progress.position, around.store.high_water());
  file.save(progress, {.refused = refused, .answered = answered.unsaved(), .mended = mended});
  refused.clear();
  mended.clear();
  answered.saved();
  saved_at = around.clock.monotonic();
  source->saved(progress.reached);
  measure(unsaved);
  unsaved = {};
  *published.lock() = progress.counts;
}

void IntakeWorker::Parts::measure(const Counts& counts) {
  if (around.metrics == nullptr) return;
  for (const auto& each : count_names) {
    const auto count = counts.*each.count;
    if (count == 0 || each.became.empty()) continue;
    around.metrics
        ->counter("tidemark_intake_lines_total", "Lines of the input, by what became of them.",
                  {{"input", options.name}, {"became", std::string(each.became)}})
        .add(count);
  }
  for (const auto& [reason, count] : counts.mismatches) {
    around.metrics
        ->counter("tidemark_intake_mismatches_total", "Lines that broke the format, by reason.",
                  {{"input", options.name}, {"reason", reason}})
        .add(count);
  }
}

/// In the unit of the source's tail.
std::uint64_t IntakeWorker::Parts::done_of_source() const {
  if (!source->resumable()) return bytes_done;
  std::uint64_t done = 0;
  for (const auto& place : progress.reached.places) done += static_cast<std::uint64_t>(place.next);
  return done;
}

runtime::Step IntakeWorker::Parts::next_step(std::uint64_t settled_lines, std::uint64_t read) {
  if (settled_lines > 0 || read > 0) return runtime::Step::worked(settled_lines);
  if (!flight->empty()) return runtime::Step::wait(look_at_tickets);
  if (unsaved.lines > 0) return runtime::Step::wait(look_at_sync);
  if (held) return runtime::Step::wait(look_at_gate);
  if (at_end) return runtime::Step::idle();
  return runtime::Step::idle_for(source->poll_interval());
}

IntakeWorker::IntakeWorker(IntakeOptions options, std::unique_ptr<LineSource> source,
                           std::unique_ptr<LineMapper> mapper, const Surroundings& around)
    : parts_(std::make_unique<Parts>(std::move(options), std::move(source), std::move(mapper),
                                     around)) {}

IntakeWorker::~IntakeWorker() = default;

const std::string& IntakeWorker::name() const { return parts_->name; }

runtime::Step IntakeWorker::step() {
  auto& parts = *parts_;
  if (!parts.opened) parts.open();
  parts.is_settled = parts.flight->empty() && parts.unsaved.lines == 0;
  parts.flight->poll();
  const auto settled_lines = parts.collect();
  const auto read = parts.source->wants_rest() ? 0 : parts.read_lines();
  parts.flight->hand_in();
  const bool saves = parts.wants_save();
  if (saves) parts.save();
  const bool rests = parts.flight->empty() && parts.unsaved.lines == 0;
  if (parts.at_end && rests && !parts.is_done.exchange(true)) {
    parts.around.logger.info(
        "intake.ended", {{"input", parts.options.name}, {"lines", parts.progress.counts.lines}});
  }
  const auto done = parts.done_of_source();
  *parts.reported.lock() = {.name = parts.name,
                            .state = runtime::WorkerState::running,
                            .done = done,
                            .tail = std::max(done, parts.source->tail()),
                            .problem = parts.source->problem()};
  // Saving is work too: from then on others see what it was waited for.
  if (saves) return runtime::Step::worked(settled_lines);
  return parts.next_step(settled_lines, read);
}

runtime::WorkerReport IntakeWorker::report() const { return parts_->reported.copy(); }

void IntakeWorker::stop() noexcept { parts_->source->stop(); }

bool IntakeWorker::done() const { return parts_->is_done; }

bool IntakeWorker::settled() const { return parts_->is_settled; }

Counts IntakeWorker::counts() const { return parts_->published.copy(); }

}  // namespace tidemark::intake
