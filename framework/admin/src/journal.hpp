#pragma once

#include <string>
#include <vector>

#include "tidemark/admin/saga_reports.hpp"
#include "tidemark/saga/instance.hpp"

namespace tidemark::admin {

/// A record of a journal as a person reads it.
struct JournalLine {
  RecordedEvent event;
  std::string what;   ///< "transition", "ignored", "accepted", "rejected", "suspended", …
  std::string input;  ///< type of what it answers to; empty when a person did it
  std::string from;
  std::string to;
  std::string detail;  ///< commands sent, codes, reasons
};

/// The journal of one instance, folded and line by line.
struct Journal {
  saga::Instance instance;
  saga::Status status;  ///< as `instance`, but knows when it is finished
  std::vector<JournalLine> lines;
};

/// The saga of the manifest; a `Problem` "saga.unknown" names those there are.
Result<Manifest::Saga, Problem> find_saga(const Site& site, const std::string& name);

/// Problems: "saga.unknown", "saga.no_such_instance", "saga.unreadable_journal".
Result<Journal, Problem> read_journal(const Site& site, const InstanceName& name);

/// One record, whatever journal it is of; none when its type is no journal record's.
std::optional<JournalLine> journal_line(const EventView& event);

}  // namespace tidemark::admin
