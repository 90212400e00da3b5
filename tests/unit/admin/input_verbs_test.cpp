#include <doctest/doctest.h>

#include "admin_world.hpp"
#include "tidemark/intake/intake_worker.hpp"

using namespace admin_test;

namespace {

/// The lines of a list.
class Listed final : public intake::LineSource {
 public:
  explicit Listed(std::vector<std::string> lines) : lines_(std::move(lines)) {}
  void open(const intake::Reached& /*from*/) override {}
  Found peek(intake::Line& line) override {
    if (at_ == lines_.size()) return Found::end;
    line = {.text = lines_[at_],
            .offset = static_cast<std::int64_t>(at_),
            .next = static_cast<std::int64_t>(at_) + 1,
            .number = at_ + 1,
            .size = lines_[at_].size()};
    return Found::line;
  }
  void take() override { ++at_; }
  [[nodiscard]] std::uint64_t tail() override { return lines_.size(); }
  [[nodiscard]] std::string description() const override { return "a list"; }

 private:
  const std::vector<std::string> lines_;
  std::size_t at_ = 0;
};

/// "add", "too much", or "defect"; other lines are broken.
class Requests final : public intake::LineMapper {
 public:
  intake::Mapped map(std::string_view line) override {
    if (line == "add") return command(counter::v1::add("a", 5));
    if (line == "too much") return command(counter::v1::add("a", 500));
    if (line != "defect") return intake::Mismatch{.reason = "test.unknown", .field = {}};
    counter::v1::Misbehave misbehave;
    misbehave.set_counter_id("a");
    return command(misbehave);
  }
  [[nodiscard]] std::vector<const google::protobuf::Descriptor*> fact_types() const override {
    return {};
  }

 private:
  intake::Mapped command(const google::protobuf::Message& message) {
    Uuid::Bytes bytes{};
    bytes[15] = ++made_;
    bytes[0] = 1;
    return intake::Command{{.type = message.GetDescriptor()->full_name(),
                            .data = serialize(message),
                            .options = {.id = CommandId(Uuid(bytes))}}};
  }
  std::uint8_t made_ = 0;
};

struct Fed : World {
  Fed() {
    store_manifest();
    for (const auto* type : intake::event_types()) catalogue.add(*type);
  }
  void read(std::vector<std::string> lines) {
    auto own = sqlite::Database::open({.file = "site/intake.db", .vfs = files.vfs()});
    intake::IntakeWorker worker({}, std::make_unique<Listed>(std::move(lines)),
                                std::make_unique<Requests>(),
                                {.store = *store,
                                 .dispatcher = *dispatcher,
                                 .file = own,
                                 .clock = clock,
                                 .random = random});
    for (int steps = 0; !worker.done(); ++steps) {
      REQUIRE(steps < 1'000);
      clock.advance(worker.step().wake_after.value_or(Micros(10)));
    }
  }
};

}  // namespace

TEST_SUITE("admin/input_verbs") {
  TEST_CASE("inputs are listed with how far they are and what became of their lines") {
    Fed world;
    world.read({"add", "too much", "defect", "what is this", "defect"});
    const auto ran = world.run({"input", "list", "--json"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, R"("input":"input","source":"a list","read_to":["byte 5"],"lines":5)"));
    CHECK(contains(ran.out, R"("accepted":1,"nothing_to_do":0,"rejected":1,"failed":2)"));
    CHECK(
        contains(ran.out, R"("mismatches":[{"input":"input","reason":"test.unknown","lines":1}])"));
  }

  TEST_CASE("an application without an input has none to list and none to look into") {
    World world;
    world.store_manifest();
    const auto listed = world.run({"input", "list"});
    CHECK(listed.code == 0);
    CHECK(contains(listed.out, "no input was read"));
    const auto refused = world.run({"input", "refused"});
    CHECK(refused.code == 2);
    CHECK(contains(refused.err, "input.unknown"));
    CHECK_FALSE(contains(world.run({"doctor"}).out, "[input."));
  }

  TEST_CASE("refused commands are listed with where they came from and why") {
    Fed world;
    world.read({"add", "too much", "defect"});
    const auto ran = world.run({"input", "refused", "--json"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, R"({"id":1,"kind":"rejected","place":"line 2","code":"counter.full",)"
                            R"("type":"counter.v1.Add","stream":"counter-a",)"));
    CHECK(contains(ran.out, R"({"id":2,"kind":"failed","place":"line 3",)"
                            R"("code":"command.foreign_event",)"));
    CHECK(contains(world.run({"input", "refused"}).out, "command.foreign_event"));
  }

  TEST_CASE("refused commands are limited, go on behind an id, and may be failed ones only") {
    Fed world;
    world.read({"too much", "defect", "too much"});
    const auto newest = world.run({"input", "refused", "--limit", "1", "--json"}).out;
    CHECK(contains(newest, R"("id":3)"));
    CHECK_FALSE(contains(newest, R"("id":2)"));
    const auto first = world.run({"input", "refused", "--after", "0", "--limit", "1", "--json"});
    CHECK(contains(first.out, R"("id":1)"));
    CHECK_FALSE(contains(first.out, R"("id":2)"));
    const auto failed = world.run({"input", "refused", "input", "--failed", "--json"});
    CHECK(contains(failed.out, R"("id":2)"));
    CHECK_FALSE(contains(failed.out, "rejected"));
    CHECK(contains(world.run({"input", "refused", "other"}).err, "there are: input"));
  }

  TEST_CASE("the doctor tells of commands that failed and not of those that were rejected") {
    Fed rejected;
    rejected.read({"add", "too much"});
    CHECK_FALSE(contains(rejected.run({"doctor"}).out, "[input."));
    Fed failed;
    failed.read({"defect", "add", "defect"});
    const auto ran = failed.run({"doctor"});
    CHECK(ran.code == 1);
    CHECK(contains(ran.out, "input.commands_failed"));
    CHECK(contains(ran.out, "2 commands"));
    CHECK(contains(ran.out, "`input refused input --failed`"));
  }

  TEST_CASE("the doctor tells of an input that was read into another log") {
    Fed world;
    world.read({"add"});
    CHECK_FALSE(contains(world.run({"doctor"}).out, "store.diverged"));
    auto file = sqlite::Database::open({.file = "site/intake.db", .vfs = world.files.vfs()});
    file.execute("UPDATE intake_state SET chain = zeroblob(32)");
    const auto ran = world.run({"doctor"});
    CHECK(ran.code == 1);
    CHECK(contains(ran.out, "store.diverged"));
    CHECK(contains(ran.out, "remove intake.db"));
  }
}
