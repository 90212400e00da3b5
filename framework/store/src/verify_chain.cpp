#include "verify_chain.hpp"

#include <fmt/format.h>

#include "tidemark/security/digest.hpp"
#include "tidemark/store/chain.hpp"

namespace tidemark::store {
namespace {

constexpr std::size_t batch_events = 4'096;
constexpr std::size_t batch_bytes = 4UL << 20;

}  // namespace

bool ChainCheck::add(const EventView& event, const Stored& stored) {
  auto& [bytes, items] = batches_.at(filled_);
  Item item{
      .stored = stored, .version = event.metadata.version.value(), .tombstone = event.tombstone};
  bytes += event.metadata.stream;
  item.stream_end = bytes.size();
  encode_envelope(event, bytes);
  item.envelope_end = bytes.size();
  bytes += event.data;
  item.data_end = bytes.size();
  items.push_back(item);
  if (items.size() < batch_events && bytes.size() < batch_bytes) return true;
  return hand_over();
}

void ChainCheck::finish() {
  if (hand_over()) hashing_.wait();
}

/// Waits for what is hashed, and has what was collected since hashed, unless that makes no sense.
bool ChainCheck::hand_over() {
  hashing_.wait();
  if (damage_) return false;
  hashing_.start([this, &batch = batches_.at(filled_)] { hash(batch); });
  filled_ = 1 - filled_;
  auto& next = batches_.at(filled_);
  next.bytes.clear();
  next.items.clear();
  return true;
}

void ChainCheck::hash(const Batch& batch) {
  std::size_t begin = 0;
  for (const auto& item : batch.items) {
    if (!check(item, batch.bytes, begin)) return;
    begin = item.data_end;
  }
}

bool ChainCheck::check(const Item& item, std::string_view bytes, std::size_t begin) {
  const auto part = [&](std::size_t from, std::size_t to) { return bytes.substr(from, to - from); };
  auto digest = item.stored.data_digest;
  if (!item.tombstone) {
    const auto of_data = security::digest(part(item.envelope_end, item.data_end));
    if (digest && *digest != of_data) return report("data", "its data do not have their digest");
    digest = of_data;
  }
  const auto chain = chain_link(head_, part(item.stream_end, item.envelope_end), *digest);
  if (chain != item.stored.chain) {
    return report("chain", fmt::format("event {} of {} is not what was stored", item.version,
                                       part(begin, item.stream_end)));
  }
  integrity_.add(chain);
  head_ = chain;
  done_ = done_.next();
  return true;
}

bool ChainCheck::report(std::string_view code, std::string message) {
  damage_ = Damage{.position = done_.next(),
                   .code = fmt::format("verify.{}", code),
                   .message = std::move(message)};
  return false;
}

}  // namespace tidemark::store
