#include "tidemark/testing/projection_given.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "check.hpp"
#include "difference.hpp"
#include "log_view.hpp"
#include "tidemark/projection/closed_windows.hpp"
#include "tidemark/projection/handler.hpp"
#include "tidemark/projection/row_reader.hpp"
#include "tidemark/sql/transaction.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/sqlite/memory_files.hpp"

namespace tidemark::testing::detail {
namespace {

using projection::ClosedWindow;

/// An event that the projection could not take.
struct Refusal {
  std::string complaint;
  std::source_location where;
};

/// What a read model holds.
struct Outcome {
  std::vector<Refusal> refusals;
  Events rows;
  Events closed_rows;
  std::vector<ClosedWindow> closings;
};

bool wants(const projection::ProjectionHandler& handler, const LogEvent& logged) {
  const auto& name = logged.message.events().front()->GetDescriptor()->full_name();
  const auto& types = handler.types();
  return std::find(types.begin(), types.end(), name) != types.end();
}

std::string same_closings(const std::vector<ClosedWindow>& a, const std::vector<ClosedWindow>& b) {
  if (a.size() != b.size()) return fmt::format("{} windows closed, or {}", a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].key != b[i].key || a[i].revision != b[i].revision || a[i].row != b[i].row) {
      return fmt::format("the window that closed as number {} differs", i + 1);
    }
  }
  return {};
}

}  // namespace

struct ProjectionScript::State {
  std::unique_ptr<const projection::ProjectionModel> model;
  sqlite::MemoryFiles files;
  Outcome outcome;

  Outcome run(const std::vector<LogEvent>& log, bool redelivered);
  void deliver(projection::ProjectionHandler& handler, sqlite::Database& file,
               const feed::Delivery& delivery, bool redelivered);
};

/// One event, as a feed would: twice when the first time is lost.
void ProjectionScript::State::deliver(projection::ProjectionHandler& handler,
                                      sqlite::Database& file, const feed::Delivery& delivery,
                                      bool redelivered) {
  const auto roll_back = [&] {
    handler.forget();
    if (file.in_transaction()) file.execute("ROLLBACK");
  };
  if (redelivered) {
    handler.handle(delivery);
    roll_back();
  }
  handler.handle(delivery);
  if (!redelivered && !handler.wants_commit() && !file.in_transaction()) return;
  if (!file.in_transaction()) file.execute("BEGIN IMMEDIATE");
  handler.write(file);
  file.execute("COMMIT");
}

Outcome ProjectionScript::State::run(const std::vector<LogEvent>& log, bool redelivered) {
  const ManualClock clock;
  auto file = sqlite::Database::open(
      {.file = redelivered ? "redelivered.db" : "batch.db", .vfs = files.vfs()});
  projection::prepare_model_file(file, *model);
  projection::ProjectionHandler handler(*model, file, clock);
  Outcome found;
  for (std::size_t i = 0; i < log.size(); ++i) {
    const auto& where = log[i].message.where();
    if (!wants(handler, log[i])) {
      found.refusals.push_back(
          {"the projection does not handle " + to_text(*log[i].message.events().front()), where});
      continue;
    }
    const auto data = log[i].message.events().front()->SerializeAsString();
    try {
      const auto view = view_of(log[i], data, i);
      deliver(handler, file, {.event = view, .key = log[i].stream, .place = view.metadata.position},
              redelivered);
    } catch (const std::exception& error) {
      found.refusals.push_back({fmt::format("event {} failed: {}", i + 1, error.what()), where});
      handler.forget();
      if (file.in_transaction()) file.execute("ROLLBACK");
      break;
    }
  }
  sql::in_transaction(file, [&] { handler.write(file); });
  projection::read_rows(file, *model, [&](const google::protobuf::Message& row) {
    found.rows.emplace_back(row.New())->CopyFrom(row);
    return true;
  });
  found.closings = projection::ClosedWindows(file).read(0, 100'000);
  for (const auto& closing : found.closings) {
    found.closed_rows.emplace_back(model->facts().row->New())->ParseFromString(closing.row);
  }
  return found;
}

ProjectionScript::ProjectionScript(std::unique_ptr<const projection::ProjectionModel> model)
    : state_(std::make_unique<State>()) {
  state_->model = std::move(model);
}
ProjectionScript::ProjectionScript(ProjectionScript&&) noexcept = default;
ProjectionScript::~ProjectionScript() = default;

void ProjectionScript::play(const std::vector<LogEvent>& log) {
  const auto batch = state_->run(log, false);
  state_->outcome = state_->run(log, true);
  const auto& refusals = batch.refusals.empty() ? state_->outcome.refusals : batch.refusals;
  for (const auto& [complaint, at] : refusals) complain(complaint, at);
  if (log.empty() || !refusals.empty()) return;
  const auto& where = log.front().message.where();
  const auto rows = difference(batch.rows, state_->outcome.rows, "row");
  if (!rows.empty()) complain("delivered twice (+) the rows are not the same" + rows, where);
  const auto closings = same_closings(batch.closings, state_->outcome.closings);
  if (!closings.empty()) complain("delivered once and twice: " + closings, where);
}

void ProjectionScript::expect_rows(const EventList& rows) {
  const auto differing = difference(rows.events(), state_->outcome.rows, "row");
  check(differing.empty() ? "" : "not the rows expected (-) but others (+)" + differing,
        rows.where());
}

void ProjectionScript::expect_no_rows(std::source_location where) {
  check(state_->outcome.rows.empty()
            ? ""
            : "there are rows" + difference({}, state_->outcome.rows, "row"),
        where);
}

void ProjectionScript::expect_closed(const std::vector<ExpectedClosing>& closings,
                                     std::source_location where) {
  Events expected;
  for (const auto& closing : closings) {
    const auto& row = *closing.row.events().front();
    expected.emplace_back(row.New())->CopyFrom(row);
  }
  const auto& actual = state_->outcome;
  const auto differing = difference(expected, actual.closed_rows, "window");
  check(differing.empty() ? "" : "not the closed windows expected (-) but others (+)" + differing,
        where);
  for (std::size_t i = 0; i < std::min(closings.size(), actual.closings.size()); ++i) {
    const auto revision = actual.closings[i].revision;
    check(closings[i].revision == revision ? "" : fmt::format("it is revision {}", revision),
          closings[i].row.where());
  }
}

}  // namespace tidemark::testing::detail
