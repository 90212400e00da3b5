#include "damage.hpp"
#include "tidemark/base/bytes.hpp"
#include "tidemark/security/base64.hpp"
#include "tidemark/security/note.hpp"

namespace tidemark::store {
namespace {

/// A store with checkpoints at 6 and at 7.
struct Fixture : DamageFixture {
  void fill_and_issue() {
    fill();
    const auto store = open();
    store->issue_checkpoint();
    REQUIRE(store->append(append_of(1, "b")).has_value());
    store->issue_checkpoint();
  }
  /// "code position" of the damage that is found now.
  std::string found() {
    const auto verified = verify();
    if (!verified.damage) return "none";
    return verified.damage->code + " " + std::to_string(verified.damage->position.value());
  }
  std::string found_after(const std::string& sql) {
    fill_and_issue();
    tamper(sql);
    return found();
  }
  /// Enough events for stored subtrees of two levels: those of five blocks.
  void fill_blocks() {
    options.checkpoint_every = 5000;
    const auto store = open();
    for (int append = 0; append < 2; ++append) {
      REQUIRE(store->append(append_of(2600, "a")).has_value());
    }
    while (store->maintain()) continue;
    REQUIRE(store->issued_checkpoints(10).size() == 1);
  }
  void tag(std::uint64_t number, std::vector<std::string> tags) {
    auto append = append_of(1, "tagged");
    append.streams[0].events[0].tags = std::move(tags);
    const auto appended = open()->append(std::move(append));
    REQUIRE(appended.has_value());
    CHECK(appended->first == Position(number));
  }
};

TEST_SUITE("store/verify_checkpoints") {
  TEST_CASE_FIXTURE(Fixture, "the checkpoints of a sound log are counted") {
    fill_and_issue();
    CHECK(found() == "none");
    CHECK(verify().checkpoints == 2);
  }

  TEST_CASE_FIXTURE(Fixture, "an altered checkpoint is found, whatever part of it") {
    for (const auto* altered :
         {"chain = zeroblob(32)", "root = zeroblob(32)", "issued_at = issued_at + 1",
          "note = replace(note, 'chain', 'chair')", "note = ''"}) {
      CAPTURE(altered);
      options.file = "log" + std::to_string(events);
      CHECK(found_after("UPDATE checkpoints SET " + std::string(altered) + " WHERE position = 6") ==
            "verify.checkpoint 6");
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a checkpoint moved to another position is found there") {
    CHECK(found_after("UPDATE checkpoints SET position = 5 WHERE position = 6") ==
          "verify.checkpoint 5");
  }

  TEST_CASE_FIXTURE(Fixture, "a log that ends before a checkpoint is found") {
    CHECK(
        found_after("DELETE FROM events WHERE position = 7; DELETE FROM appends WHERE first = 7") ==
        "verify.checkpoint 7");
  }

  TEST_CASE_FIXTURE(Fixture, "a history written anew with a chain of its own is found") {
    fill_and_issue();
    const auto checkpoints = open()->issued_checkpoints(10);
    const auto store_id = open()->store_id();
    // The same again with other data: every hash in it is right.
    options.file = "forged";
    fill_and_issue();
    const auto bytes = store_id.uuid().bytes();
    const std::string_view id(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    tamper("UPDATE meta SET value = x'" + to_hex(id) + "' WHERE name = 'store_id'");
    tamper("DELETE FROM checkpoints");
    CHECK(found() == "none");
    const auto text = [](const auto& hash) {
      return to_hex({reinterpret_cast<const char*>(hash.data()), hash.size()});
    };
    for (const auto& issued : checkpoints) {
      tamper("INSERT INTO checkpoints VALUES(" +
             std::to_string(issued.checkpoint.position.value()) + ", x'" +
             text(issued.checkpoint.chain) + "', x'" + text(issued.root) + "', " +
             std::to_string(issued.issued_at.micros()) + ", '" + issued.note + "')");
    }
    CHECK(found() == "verify.checkpoint 6");
    CHECK(verify().damage->message.find("behind 0") != std::string::npos);
  }

  TEST_CASE_FIXTURE(Fixture, "an event altered before a checkpoint is named itself") {
    CHECK(found_after("UPDATE events SET data = x'00' WHERE position = 2") == "verify.chain 2");
  }
}

TEST_SUITE("store/verify_signatures") {
  TEST_CASE_FIXTURE(Fixture, "a signature that is not by the key it names is found") {
    const auto key = security::SigningKey::create("log", random);
    const auto other = security::SigningKey::create("log", random);
    fill_and_issue();
    const auto newest = open()->issued_checkpoints(1).front();
    const auto text = newest.note.substr(0, newest.note.size() - 1);
    const auto sign = [&](const std::string& note) {
      tamper("UPDATE checkpoints SET note = '" + note + "' WHERE position = 7");
    };
    sign(security::write_note(text, &key));
    CHECK(found() == "none");
    options.verifier_keys = {key.verifier().text()};
    CHECK(found() == "none");
    auto forged = security::write_note(text, &key);
    const auto at = forged.rfind(' ') + 20;
    forged[at] = forged[at] == 'A' ? 'B' : 'A';
    sign(forged);
    CHECK(found() == "verify.signature 7");
    sign(security::write_note(text, &other));
    CHECK(found() == "verify.signature 7");
    options.verifier_keys.push_back(other.verifier().text());
    CHECK(found() == "none");
  }

  TEST_CASE_FIXTURE(Fixture, "with keys given the newest checkpoint must have a signature") {
    fill_and_issue();
    const auto key = security::SigningKey::create("log", random);
    options.verifier_keys = {key.verifier().text()};
    CHECK(found() == "verify.signature 7");
    options.verifier_keys = {"no key"};
    CHECK(code_of([&] { open(); }) == "key.malformed");
  }
}

TEST_SUITE("store/verify_tree") {
  TEST_CASE_FIXTURE(Fixture, "the stored tree of a sound log is sound") {
    fill_blocks();
    CHECK(found() == "none");
    CHECK(verify().checkpoints == 1);
  }
  TEST_CASE_FIXTURE(Fixture, "an altered subtree is found where it ends and proves nothing") {
    fill_blocks();
    tamper("UPDATE merkle SET hash = zeroblob(32) WHERE level = 11 AND number = 1");
    CHECK(found() == "verify.merkle 4096");
    tamper("UPDATE merkle SET hash = zeroblob(32) WHERE level = 10 AND number = 1");
    CHECK(found() == "verify.merkle 2048");
    const auto store = open();
    CHECK(code_of([&] { store->prove(Position(1)); }) == "store.corrupt");
    CHECK(store->prove(Position(4500)).has_value());
  }
  TEST_CASE_FIXTURE(Fixture, "a missing subtree is found") {
    fill_blocks();
    tamper("DELETE FROM merkle WHERE level = 12");
    CHECK(found() == "verify.merkle 4096");
  }
  TEST_CASE_FIXTURE(Fixture, "subtrees that the log has not are found") {
    fill_blocks();
    tamper("INSERT INTO merkle VALUES(11, 9, zeroblob(32))");
    CHECK(found() == "verify.merkle 5200");
    tamper("DELETE FROM merkle WHERE number = 9; INSERT INTO merkle VALUES(10, 5, zeroblob(32))");
    CHECK(found() == "verify.merkle 5201");
  }
  TEST_CASE_FIXTURE(Fixture, "a tree that was not stored yet is no damage, and still proves") {
    fill_blocks();
    tamper("DELETE FROM merkle");
    CHECK(found() == "none");
    CHECK(open()->prove(Position(77)).has_value());
  }
}

TEST_SUITE("store/verify_indexes") {
  TEST_CASE_FIXTURE(Fixture, "a type or a category that hides an event is found") {
    CHECK(damage_after("DELETE FROM type_blocks") == "verify.blocks 1");
    tamper("INSERT INTO type_blocks SELECT DISTINCT type_id, 0 FROM events");
    CHECK(found() == "none");
    tamper("DELETE FROM category_blocks");
    CHECK(found() == "verify.blocks 1");
  }
  TEST_CASE_FIXTURE(Fixture, "a later block is looked at, too") {
    fill_blocks();
    tamper("DELETE FROM type_blocks WHERE block = 2");
    CHECK(found() == "verify.blocks 2049");
  }
  TEST_CASE_FIXTURE(Fixture, "a tag that does not lead to its event is found") {
    tag(1, {"red", "round"});
    tag(2, {"red", "red"});
    CHECK(found() == "none");
    tamper("DELETE FROM event_tags WHERE position = 2");
    CHECK(found() == "verify.tags 2");
    tamper("DELETE FROM tags WHERE name = 'round'");
    CHECK(found() == "verify.tags 1");
  }
  TEST_CASE_FIXTURE(Fixture, "a tag that leads to an event without it is found") {
    tag(1, {"red"});
    tag(2, {"round"});
    tamper("INSERT INTO event_tags SELECT id, 2 FROM tags WHERE name = 'red'");
    CHECK(found() == "verify.tags 2");
    tamper("INSERT INTO event_tags VALUES(99, 1)");
    CHECK(found() == "verify.tags 1");
  }
  TEST_CASE_FIXTURE(Fixture, "two entries that were exchanged are found") {
    tag(1, {"red"});
    tag(2, {"round"});
    tamper("UPDATE event_tags SET position = 3 - position");
    CHECK(found() == "verify.tags 1");
  }
}

}  // namespace
}  // namespace tidemark::store
