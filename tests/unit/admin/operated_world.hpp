#pragma once

#include "running_world.hpp"
#include "tidemark/admin/operation_worker.hpp"
#include "tidemark/admin/operations.hpp"
#include "tidemark/projection/models.hpp"

namespace admin_test {

/// An application that executes operations while somebody waits for them. "a" is booked and
/// watched, "b" cannot be handled, and one of its events cannot be added up.
struct OperatedWorld : RunningWorld {
  OperatedWorld() {
    workers.push_back(&worker);
    wait = [this](Micros time) {
      clock.advance(time);
      settle();
      return false;
    };
    add("a", 40, {.correlation_id = "talk"});
    add("b", 66);
    add("p", 13);
    add("p", 5);
    settle();
  }

  /// A change with a reason.
  Ran change(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--reason", "a test"});
    return run(std::move(arguments));
  }
  /// Lists the read model as an application's worker would.
  projection::Models list_models() {
    projection::Models models({.folder = "site", .vfs = files.vfs()});
    models.swap(models.add({.projection = "totals", .version = 2, .created_at = clock.now()}));
    return models;
  }

  admin::Site site{*store, clock, {.directory = "site", .vfs = files.vfs()}};
  admin::Operations operations{site, clock, {coordinator.get()}};
  admin::OperationWorker worker{*store, operations, clock};
};

}  // namespace admin_test
