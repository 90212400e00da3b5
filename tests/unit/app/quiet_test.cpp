#include "quiet.hpp"

#include <doctest/doctest.h>

using namespace tidemark;

namespace {

/// A worker of which only the name counts.
class Named final : public runtime::Worker {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  runtime::Step step() override { return runtime::Step::idle(); }
  [[nodiscard]] runtime::WorkerReport report() const override { return {.name = name_}; }

 private:
  const std::string name_;
};

struct Application {
  Application() {
    quiet.watch("one");
    quiet.watch("other");
    quiet.watch_source("source");
  }
  void worked(const Named& worker) { took(worker, runtime::Step::worked(1)); }
  void idle(const Named& worker) { took(worker, runtime::Step::idle()); }
  void took(const Named& worker, runtime::Step step) {
    quiet.after_step({.worker = worker, .step = step, .duration = Micros(0)});
  }

  app::Quiet quiet;
  const Named one{"one"}, other{"other"}, source{"source"}, stranger{"stranger"};
};

}  // namespace

TEST_SUITE("app/quiet") {
  TEST_CASE("it is quiet when everybody found nothing after the last one found something") {
    Application app;
    CHECK_FALSE(app.quiet.is_quiet());
    for (int round = 0; round < 2; ++round) {
      app.idle(app.one);
      app.idle(app.other);
    }
    CHECK(app.quiet.is_quiet());
    app.worked(app.one);
    CHECK_FALSE(app.quiet.is_quiet());
    app.idle(app.one);
    app.idle(app.other);
    CHECK_FALSE(app.quiet.is_quiet());  // the other's step may have begun before the work was done
    app.idle(app.other);
    CHECK(app.quiet.is_quiet());
  }

  TEST_CASE("it is not quiet while somebody waits to try again") {
    Application app;
    for (int round = 0; round < 3; ++round) {
      app.idle(app.one);
      app.took(app.other, runtime::Step::wait(Micros(20'000)));
    }
    CHECK_FALSE(app.quiet.is_quiet());
  }

  TEST_CASE("after a disturbance everybody must look again, in a step begun after it") {
    Application app;
    for (int round = 0; round < 2; ++round) {
      app.idle(app.one);
      app.idle(app.other);
    }
    app.quiet.disturb();
    CHECK_FALSE(app.quiet.is_quiet());
    app.idle(app.one);
    app.idle(app.other);
    CHECK_FALSE(app.quiet.is_quiet());
    app.idle(app.one);
    app.idle(app.other);
    CHECK(app.quiet.is_quiet());
  }

  TEST_CASE("a worker that waits or fails is not done") {
    Application app;
    for (int round = 0; round < 2; ++round) {
      app.idle(app.one);
      app.took(app.other, runtime::Step::wait(Micros(1)));
    }
    CHECK_FALSE(app.quiet.is_quiet());
    const Problem problem{.code = "x.y", .field = "", .message = "", .hint = ""};
    for (int round = 0; round < 2; ++round) {
      app.idle(app.one);
      app.quiet.after_step(
          {.worker = app.other, .step = {}, .duration = Micros(0), .problem = &problem});
    }
    CHECK_FALSE(app.quiet.is_quiet());
  }

  TEST_CASE("a source is not waited for, but what it handed in is") {
    Application app;
    const auto all_idle = [&] {
      for (int round = 0; round < 2; ++round) {
        app.idle(app.one);
        app.idle(app.other);
      }
    };
    all_idle();
    app.took(app.source, runtime::Step::wait(Micros(1)));
    CHECK(app.quiet.is_quiet());
    app.worked(app.source);
    CHECK_FALSE(app.quiet.is_quiet());
    all_idle();
    CHECK(app.quiet.is_quiet());
  }

  TEST_CASE("who is not watched does not count") {
    Application app;
    for (int round = 0; round < 2; ++round) {
      app.idle(app.one);
      app.idle(app.other);
      app.worked(app.stranger);
    }
    CHECK(app.quiet.is_quiet());
  }
}
