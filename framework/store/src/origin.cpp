#include "tidemark/store/origin.hpp"

#include <algorithm>

namespace tidemark::store {

std::string_view Origin::chain_bytes() const {
  const auto& chain = checkpoint.chain;
  return {reinterpret_cast<const char*>(chain.data()), chain.size()};
}

std::string_view Origin::store_bytes() const {
  return {reinterpret_cast<const char*>(store.uuid().bytes().data()), Uuid::size};
}

Origin read_origin(Position position, std::string_view chain, std::string_view store_id) {
  Origin origin{.checkpoint = {.position = position}};
  Uuid::Bytes id{};
  if (chain.size() != origin.checkpoint.chain.size() || store_id.size() != id.size()) return origin;
  std::ranges::copy(chain, origin.checkpoint.chain.begin());
  std::ranges::copy(store_id, id.begin());
  origin.store = StoreId(Uuid(id));
  return origin;
}

std::optional<Origin> origin_at(EventStore& log, Position position) {
  const auto chain = log.chain_at(position);
  if (!chain) return std::nullopt;
  return Origin{.checkpoint = {.position = position, .chain = *chain}, .store = log.store_id()};
}

bool has_origin(EventStore& log, const Origin& origin) {
  return log.store_id() == origin.store &&
         log.chain_at(origin.checkpoint.position) == origin.checkpoint.chain;
}

}  // namespace tidemark::store
