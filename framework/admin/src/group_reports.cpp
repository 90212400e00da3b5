#include "tidemark/admin/group_reports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "change_check.hpp"
#include "tidemark/feed/consumer_group.hpp"

namespace tidemark::admin {
namespace {

using feed::ConsumerGroupDesk;
using feed::GroupView;

Value parked_value(const GroupView& view) {
  if (view.parked.empty()) return std::uint64_t{0};
  const auto waiting = std::ranges::count_if(view.parked, &GroupView::Parked::for_person);
  return Marked{fmt::format("{}, {} of them for a person", view.parked.size(), waiting),
                waiting > 0 ? Mood::bad : Mood::warning};
}

Value owner_value(const std::string& owner) {
  if (owner.empty()) return Marked{"nobody", Mood::warning};
  return owner;
}

Table lanes_of(const GroupView& view) {
  Table table{.name = "lanes", .columns = {"lane", "owner", "epoch", "position"}};
  for (std::size_t lane = 0; lane < view.lanes.size(); ++lane) {
    table.rows.push_back({static_cast<std::uint64_t>(lane), owner_value(view.lanes[lane].owner),
                          view.lanes[lane].epoch, view.lanes[lane].position.value()});
  }
  return table;
}

Table parked_of(const GroupView& view) {
  Table table{.name = "parked",
              .columns = {"key", "position", "attempts", "waits_for", "reason"},
              .rows = {},
              .if_empty = "no key is parked"};
  for (const auto& parked : view.parked) {
    table.rows.push_back(
        {shown_key(parked.key), parked.failed.value(), std::uint64_t{parked.attempts},
         parked.for_person ? Value(Marked{"a person", Mood::bad}) : Value("the next attempt"),
         parked.reason});
  }
  return table;
}

}  // namespace

Report group_list(const Site& site) {
  Table table{.name = "groups",
              .columns = {"group", "members", "lanes", "handled_to", "behind", "parked"},
              .rows = {},
              .if_empty = "no consumer groups"};
  const auto tail = site.store().high_water().value();
  for (const auto& name : ConsumerGroupDesk(site.store()).list()) {
    const auto view = ConsumerGroupDesk(site.store()).show(name);
    if (!view) continue;
    const auto lowest = view->lowest.value();
    table.rows.push_back({name, static_cast<std::uint64_t>(view->members.size()),
                          static_cast<std::uint64_t>(view->lanes.size()), lowest,
                          tail - std::min(tail, lowest), parked_value(*view)});
  }
  return Report().add(std::move(table));
}

Result<Report, Problem> group_show(const Site& site, const std::string& group) {
  const auto view = find_group(site, group);
  if (!view) return Unexpected(view.error());
  FactList facts{.name = {},
                 .facts = {{"group", view->name},
                           {"members", static_cast<std::uint64_t>(view->members.size())},
                           {"handled_to", view->lowest.value()},
                           {"tail", site.store().high_water().value()},
                           {"parked", parked_value(*view)}}};
  Table dropped{.name = "dropped", .columns = {"key", "position", "reason"}};
  for (const auto& entry : view->dropped) {
    dropped.rows.push_back({shown_key(entry.key), entry.position.value(), entry.reason});
  }
  Report report;
  report.add(std::move(facts)).add(parked_of(*view));
  if (!dropped.rows.empty()) report.add(std::move(dropped));
  return report.add(lanes_of(*view));
}

}  // namespace tidemark::admin
