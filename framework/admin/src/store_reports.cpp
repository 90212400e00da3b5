#include "tidemark/admin/store_reports.hpp"

#include "tidemark/base/bytes.hpp"

namespace tidemark::admin {
namespace {

std::string hex(const store::ChainHash& hash) {
  return to_hex({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

Value deleted_value(store::Deletion deletion) {
  if (deletion == store::Deletion::none) return {};
  return Marked{deletion == store::Deletion::hard ? "for ever" : "yes", Mood::warning};
}

Table names_table(std::string name, const std::vector<store::StoreFacts::PerName>& counts) {
  Table table{.name = std::move(name), .columns = {"name", "events", "data"}, .rows = {}};
  for (const auto& count : counts) {
    table.rows.push_back({count.name, count.events, Size{count.data_bytes}});
  }
  return table;
}

}  // namespace

Report store_info(const Site& site) {
  const auto facts = site.store().facts(false);
  const auto newest = site.newest_recorded_at();
  const auto& problem = site.manifest_problem();
  FactList list{.name = {},
                .facts = {
                    {"store_id", to_string(facts.store_id)},
                    {"engine", facts.engine},
                    {"format", std::uint64_t{facts.format}},
                    {"durability", problem ? Value() : Value(site.manifest().durability)},
                    {"created_at", facts.created_at},
                    {"application", problem ? Value(Marked{to_string(*problem), Mood::warning})
                                            : Value(site.manifest().application)},
                    {"events", facts.events},
                    {"streams", facts.streams},
                    {"types", facts.types},
                    {"high_water", facts.high_water.value()},
                    {"head", hex(facts.head)},
                    {"newest_recorded_at", newest ? Value(*newest) : Value()},
                    {"file", Size{facts.file_bytes}},
                    {"wal", facts.engine == "sqlite" ? Value(Size{facts.wal_bytes}) : Value()},
                    {"cold_files", facts.archives},
                    {"cold_events", facts.archived_events},
                    {"cold_bytes", Size{facts.archived_bytes}},
                }};
  return Report().add(std::move(list));
}

Report store_stats(const Site& site) {
  const auto facts = site.store().facts(true);
  return Report()
      .add(FactList{.name = {},
                    .facts = {{"events", facts.events},
                              {"appends", facts.appends},
                              {"streams", facts.streams},
                              {"file", Size{facts.file_bytes}}}})
      .add(names_table("categories", facts.per_category))
      .add(names_table("types", facts.per_type));
}

Report store_streams(const Site& site, const StreamQuery& query) {
  Table table{.name = "streams",
              .columns = {"stream", "version", "last_position", "deleted"},
              .rows = {},
              .if_empty = "no streams"};
  for (const auto& info : site.store().streams(query.category, query.after, query.limit)) {
    table.rows.push_back({info.stream.name(), info.version.value(), info.last_position.value(),
                          deleted_value(info.deletion)});
  }
  return Report().add(std::move(table));
}

Report store_verify(const Site& site,
                    const std::function<bool(std::uint64_t, std::uint64_t)>& progress) {
  const auto total = site.store().high_water().value();
  const auto verified = site.store().verify(progress);
  Report report;
  report.findings = verified.damage.has_value();
  const bool whole = verified.events >= total;
  FactList list{.name = {},
                .facts = {{"events", verified.events},
                          {"checkpoints", verified.checkpoints},
                          {"head", hex(verified.head)}}};
  if (verified.damage) {
    list.facts.push_back({"result", Marked{"damaged", Mood::bad}});
    list.facts.push_back({"code", verified.damage->code});
    list.facts.push_back({"position", verified.damage->position.value()});
    list.facts.push_back({"message", verified.damage->message});
  } else if (whole) {
    list.facts.push_back({"result", Marked{"as it was written", Mood::good}});
  } else {
    list.facts.push_back({"result", Marked{"stopped before the end", Mood::warning}});
  }
  return report.add(std::move(list));
}

}  // namespace tidemark::admin
