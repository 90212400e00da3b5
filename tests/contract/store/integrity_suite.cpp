#include <algorithm>

#include "contract/store/stores.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/security/digest.hpp"
#include "tidemark/security/key_file.hpp"
#include "tidemark/security/note.hpp"

namespace tidemark::store {
namespace {

std::string text_of(const MerkleHash& hash) { return std::string(security::as_bytes(hash)); }

/// The root that a proof leads to, by RFC 9162, section 2.1.3.2: the same tree, told another way.
std::optional<MerkleHash> root_of(const InclusionProof& proof) {
  const auto chain =
      security::digest(text_of(proof.previous) + text_of(security::digest(proof.envelope)) +
                       text_of(proof.data_digest));
  auto root = security::digest(std::string(1, '\0') + text_of(chain));
  auto leaf = proof.position.value() - 1;
  auto last = proof.checkpoint.checkpoint.position.value() - 1;
  for (const auto& sibling : proof.path) {
    if (last == 0) return std::nullopt;
    if (leaf % 2 == 1 || leaf == last) {
      root = security::digest("\x01" + text_of(sibling) + text_of(root));
      for (; leaf % 2 == 0 && leaf != 0; leaf /= 2) last /= 2;
    } else {
      root = security::digest("\x01" + text_of(root) + text_of(sibling));
    }
    leaf /= 2;
    last /= 2;
  }
  if (last != 0) return std::nullopt;
  return root;
}

void check_proof(StoreEngine& store, Position position) {
  CAPTURE(position.value());
  const auto proof = store.prove(position);
  REQUIRE(proof.has_value());
  CHECK(proof->position == position);
  CHECK(root_of(*proof) == proof->checkpoint.root);
  CHECK(store.chain_at(proof->checkpoint.checkpoint.position) ==
        proof->checkpoint.checkpoint.chain);
}

/// Appends events with the next numbers, so many at a time.
void append_more(StoreEngine& store, std::uint64_t count) {
  auto last = store.high_water().value();
  for (const auto end = last + count; last < end;) {
    std::vector<std::uint64_t> numbers;
    while (numbers.size() < 1000 && last < end) numbers.push_back(++last);
    REQUIRE(store.append(append_of(last, stream(std::to_string(last % 7)), numbers)).has_value());
    store.maintain();
  }
}

TEST_SUITE("store/integrity") {
  TEST_CASE_TEMPLATE_DEFINE("every event of a log has a proof at every length of it", Place,
                            proofs) {
    Place place;
    place.options.checkpoint_every = 0;
    const auto store = place.open();
    for (std::uint64_t size = 1; size <= 20; ++size) {
      append_more(*store, 1);
      store->issue_checkpoint();
      for (std::uint64_t at = 1; at <= size; ++at) check_proof(*store, Position(at));
    }
    CHECK_FALSE(store->verify({}).damage.has_value());
    CHECK(store->verify({}).checkpoints == 20);
  }
  TEST_CASE_TEMPLATE_APPLY(proofs, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a log of many blocks has proofs all over it", Place, many) {
    Place place;
    place.options.checkpoint_every = 15'000;
    const auto store = place.open();
    append_more(*store, 40'100);
    while (store->maintain()) continue;
    const auto issued = store->issued_checkpoints(10);
    CHECK(issued.size() == 2);
    CHECK_FALSE(store->prove(Position(issued[0].checkpoint.position.value() + 1)).has_value());
    store->issue_checkpoint();
    for (std::uint64_t at = 1; at <= 40'100; at += 1033) check_proof(*store, Position(at));
    check_proof(*store, Position(40'100));
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(many, Stores);

  TEST_CASE_TEMPLATE_DEFINE("what no checkpoint covers has no proof", Place, uncovered) {
    Place place;
    const auto store = place.open();
    append_more(*store, 2);
    CHECK_FALSE(store->prove(Position(1)).has_value());
    store->issue_checkpoint();
    append_more(*store, 1);
    check_proof(*store, Position(2));
    CHECK_FALSE(store->prove(Position(3)).has_value());
    CHECK_FALSE(store->prove(Position(0)).has_value());
    CHECK_FALSE(store->prove(Position(99)).has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(uncovered, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a checkpoint says where the log was and when", Place, said) {
    Place place;
    const auto store = place.open();
    const auto empty = store->issue_checkpoint();
    CHECK(empty.checkpoint == Checkpoint());
    CHECK(empty.root == security::digest(""));
    append_more(*store, 3);
    place.clock.advance(std::chrono::seconds(5));
    const auto issued = store->issue_checkpoint();
    CHECK(issued.checkpoint.position == Position(3));
    CHECK(issued.checkpoint.chain == store->chain_at(Position(3)));
    CHECK(issued.issued_at == place.clock.now());
    CHECK(issued.note.starts_with("tidemark/" + to_string(store->store_id()) + "\n3\n"));
    CHECK(issued.note.find("\nissued_at " + to_string(place.clock.now()) + "\n\n") !=
          std::string::npos);
    place.clock.advance(std::chrono::seconds(5));
    CHECK(store->issue_checkpoint().note == issued.note);
    const auto all = store->issued_checkpoints(10);
    REQUIRE(all.size() == 2);
    CHECK(all[0].note == issued.note);
    CHECK(all[1].note == empty.note);
    CHECK(store->issued_checkpoints(1).size() == 1);
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(said, Stores);

  TEST_CASE_TEMPLATE_DEFINE("upkeep issues a checkpoint each so many positions", Place, upkeep) {
    Place place;
    place.options.checkpoint_every = 10;
    const auto store = place.open();
    const auto append_and_maintain = [&](std::uint64_t count) {
      append_more(*store, count);
      while (store->maintain()) continue;
      return store->issued_checkpoints(10).size();
    };
    CHECK(append_and_maintain(9) == 0);
    CHECK(append_and_maintain(3) == 1);
    CHECK(append_and_maintain(9) == 1);
    CHECK(append_and_maintain(1) == 2);
    const auto issued = store->issued_checkpoints(10);
    REQUIRE(issued.size() == 2);
    CHECK(issued[0].checkpoint.position == Position(22));
    CHECK(issued[1].checkpoint.position == Position(12));
  }
  TEST_CASE_TEMPLATE_APPLY(upkeep, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an event that is gone is still proved to have been there", Place,
                            gone) {
    Place place;
    const auto store = place.open();
    append_more(*store, 4);
    store->issue_checkpoint();
    const auto before = store->prove(Position(2));
    REQUIRE(
        store
            ->change(
                {.what = DeleteStream{.stream = stream("4")}, .who = "ann", .reason = "asked for"})
            .has_value());
    CHECK(store->prove(Position(2))->data_digest == before->data_digest);
    while (store->compact(10).more) continue;
    check_proof(*store, Position(2));
    CHECK(store->prove(Position(2))->data_digest == before->data_digest);
    CHECK(store->prove(Position(2))->data_digest == security::digest("data"));
    CHECK(store->prove(Position(2))->envelope == before->envelope);
  }
  TEST_CASE_TEMPLATE_APPLY(gone, Stores);

  TEST_CASE_TEMPLATE_DEFINE("checkpoints are signed by the key that is configured", Place,
                            signatures) {
    Place place;
    const TestFolder keys;
    const auto file = keys.file("key");
    const auto key = security::SigningKey::create("log", place.random);
    security::write_key_file(file, key);
    place.options.signing_key_file = file;
    const auto store = place.open();
    append_more(*store, 2);
    const auto note = security::parse_note(store->issue_checkpoint().note);
    REQUIRE(note.has_value());
    CHECK(note->signatures.size() == 1);
    CHECK(security::check_signature(*note, key.verifier()) == security::Signing::good);
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(signatures, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a key that comes later signs what was not signed", Place, later) {
    Place place;
    {
      const auto store = place.open();
      append_more(*store, 2);
      store->issue_checkpoint();
    }
    const TestFolder keys;
    security::write_key_file(keys.file("key"), security::SigningKey::create("log", place.random));
    place.options.signing_key_file = keys.file("key");
    const auto store = place.open();
    CHECK_FALSE(store->verify({}).damage.has_value());
    const auto signed_now = store->issue_checkpoint();
    CHECK(security::parse_note(signed_now.note)->signatures.size() == 1);
    REQUIRE(store->issued_checkpoints(10).size() == 1);
    CHECK(store->issued_checkpoints(10)[0].note == signed_now.note);
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(later, SharedStores);

  TEST_CASE_TEMPLATE_DEFINE("with keys given the newest checkpoint must be signed by one", Place,
                            demanded) {
    Place place;
    const auto key = security::SigningKey::create("log", place.random);
    const auto other = security::SigningKey::create("log", place.random);
    const TestFolder keys;
    security::write_key_file(keys.file("key"), key);
    {
      const auto store = place.open();
      append_more(*store, 2);
      store->issue_checkpoint();
    }
    const auto found = [&](const security::SigningKey& demanded) {
      place.options.verifier_keys = {demanded.verifier().text()};
      const auto damage = place.open()->verify({}).damage;
      return damage ? damage->code : "none";
    };
    CHECK(found(key) == "verify.signature");
    place.options.signing_key_file = keys.file("key");
    place.open()->issue_checkpoint();
    CHECK(found(key) == "none");
    place.options.signing_key_file.clear();
    CHECK(found(other) == "verify.signature");
  }
  TEST_CASE_TEMPLATE_APPLY(demanded, SharedStores);

  TEST_CASE_TEMPLATE_DEFINE("with keys given there must be a checkpoint once there are events",
                            Place, missing) {
    Place place;
    place.options.verifier_keys = {
        security::SigningKey::create("log", place.random).verifier().text()};
    const auto store = place.open();
    CHECK_FALSE(store->verify({}).damage.has_value());
    append_more(*store, 2);
    const auto damage = store->verify({}).damage;
    REQUIRE(damage.has_value());
    CHECK(damage->code == "verify.signature");
  }
  TEST_CASE_TEMPLATE_APPLY(missing, SharedStores);

  TEST_CASE_TEMPLATE_DEFINE("a store whose key others may read is not opened", Place, exposed) {
    Place place;
    const TestFolder keys;
    security::write_key_file(keys.file("key"), security::SigningKey::create("log", place.random));
    place.options.signing_key_file = keys.file("key");
    std::filesystem::permissions(keys.file("key"), std::filesystem::perms::group_read,
                                 std::filesystem::perm_options::add);
    std::string code;
    try {
      place.open();
    } catch (const Failure& failure) {
      code = failure.code();
    }
    CHECK(code == "key.exposed");
  }
  TEST_CASE_TEMPLATE_APPLY(exposed, SharedStores);

  TEST_CASE_TEMPLATE_DEFINE("a store opened for reading proves and does not issue", Place,
                            reading) {
    Place place;
    const auto writer = place.open();
    append_more(*writer, 3);
    writer->issue_checkpoint();
    place.options.read_only = true;
    const auto reader = place.open();
    check_proof(*reader, Position(2));
    CHECK(reader->issued_checkpoints(10).size() == 1);
    CHECK_THROWS_AS(reader->issue_checkpoint(), Failure);
    CHECK_FALSE(reader->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(reading, SharedStores);

  TEST_CASE_TEMPLATE_DEFINE("two that opened one store share tree and checkpoints", Place, shared) {
    Place place;
    place.options.checkpoint_every = 3000;
    const auto one = place.open();
    const auto two = place.open();
    for (int part = 0; part < 10; ++part) append_more(part % 2 == 0 ? *one : *two, 2000);
    while (one->maintain() || two->maintain()) continue;
    CHECK(one->issue_checkpoint().note == two->issue_checkpoint().note);
    CHECK(one->issued_checkpoints(100).size() == two->issued_checkpoints(100).size());
    check_proof(*one, Position(10'000));
    CHECK_FALSE(two->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(shared, SharedStores);
}

}  // namespace
}  // namespace tidemark::store
