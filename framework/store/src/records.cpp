#include "tidemark/store/records.hpp"

#include "tidemark/store/record_fields.hpp"

namespace tidemark::store {
namespace {

LifeRecord read_life(const Record& record) {
  const auto fields = read_fields(record.value, 9);
  return {.gone = read_unsigned(fields[0]) != 0,
          .deleted_through = StreamVersion(read_unsigned(fields[1])),
          .truncated_before = StreamVersion(read_unsigned(fields[2])),
          .who = std::string(fields[6]),
          .reason = std::string(fields[7]),
          .changed_at = UtcTime::from_micros(read_signed(fields[8]))};
}

}  // namespace

SchemaRecord read_schema(const Record& record) {
  const auto fields = read_fields(record.value, 3);
  return {.type = std::string(fields[0]),
          .schema = static_cast<std::uint32_t>(read_unsigned(fields[1])),
          .fingerprint = std::string(fields[2])};
}

std::optional<LifeRecord> find_life(Replica& store, const StreamId& stream) {
  constexpr std::uint64_t page = 1'000;
  constexpr int pages_max = 10;
  const auto& name = stream.name();
  auto after = name.substr(0, name.size() - 1);  // before it, and behind most others
  for (int pages = 0; pages < pages_max; ++pages) {
    const auto found = store.records(Record::Kind::life, after, page);
    for (const auto& record : found) {
      if (record.key == name) return read_life(record);
      if (record.key > name) return std::nullopt;
    }
    if (found.size() < page) return std::nullopt;
    after = found.back().key;
  }
  return std::nullopt;
}

}  // namespace tidemark::store
