#include <fmt/format.h>

#include <algorithm>

#include "columns.hpp"
#include "findings.hpp"
#include "tidemark/store/copy.hpp"

namespace tidemark::admin {
namespace {

/// Whether the application says that it has such a consumer, whichever of its processes.
bool is_wired(const Manifest& manifest, const std::string& consumer) {
  const auto name = consumer.substr(0, consumer.find('@'));
  return name.starts_with("relay/")
             ? manifest.topic_prefix.has_value()
             : std::ranges::find(manifest.feeds, name, &Manifest::Feed::name) !=
                   manifest.feeds.end();
}

void check_consumer(Examination& examination, const store::Consumer& consumer) {
  const auto& site = examination.site;
  const auto tail = site.store().high_water();
  const auto silent = site.now() - consumer.reported_at;
  const bool wired = is_wired(site.manifest(), consumer.name);
  // Who is at the end has nothing to report; who does not run neither.
  if (consumer.checkpoint.position >= tail || (wired && !examination.runs)) return;
  if (silent <= examination.options.consumer_silent_max) return;
  const auto lag = tail.value() - consumer.checkpoint.position.value();
  examination.warn(
      consumer.name,
      {.code = "store.consumer_silent",
       .field = {},
       .message = fmt::format("it has reported nothing since {} and is behind by {}: nothing that "
                              "it has not handled is given up meanwhile",
                              to_string(consumer.reported_at), counted(lag, "event")),
       .hint = wired ? "look why it does not move"
                     : fmt::format("the application does not have it: if it is no more, `store "
                                   "forget {} --reason …`",
                                   consumer.name)});
}

}  // namespace

void check_consumers(Examination& examination) {
  for (const auto& consumer : examination.site.store().consumers()) {
    check_consumer(examination, consumer);
  }
}

void check_copy(Examination& examination) {
  if (!store::is_unfinished_copy(examination.site.store())) return;
  examination.bad("log",
                  {.code = "store.unfinished_copy",
                   .field = {},
                   .message = "this is a copy that was stopped: events are missing, and what "
                              "was deleted may be in it still",
                   .hint = "copy again into the same target, which finishes it"});
}

}  // namespace tidemark::admin
