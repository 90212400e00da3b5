#include "tidemark/admin/transfer.hpp"
#include "tidemark/security/base64.hpp"
#include "tidemark/store/records.hpp"

namespace tidemark::admin {

EventExport::EventExport(const Site& site) {
  constexpr std::uint64_t page = 1'000;
  std::string after;
  for (bool more = true; more;) {
    const auto records = site.store().records(store::Record::Kind::schema, after, page);
    for (const auto& record : records) {
      auto schema = store::read_schema(record);
      fingerprints_[{std::move(schema.type), schema.schema}] = std::move(schema.fingerprint);
    }
    more = records.size() == page;
    if (more) after = records.back().key;
  }
}

Facts EventExport::operator()(const Site& site, const EventView& event) const {
  auto facts = event_facts(site, event);
  const auto found = fingerprints_.find({std::string(event.type), event.schema});
  facts.push_back({"fingerprint", found == fingerprints_.end() ? Value() : Value(found->second)});
  facts.push_back(
      {"data_base64", event.tombstone ? Value() : Value(security::to_base64(event.data))});
  return facts;
}

}  // namespace tidemark::admin
