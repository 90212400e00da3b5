#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "tidemark/admin/event_reports.hpp"
#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/base/result.hpp"

namespace tidemark::admin {

/// Events with all that is needed to store them elsewhere: what `event_facts` has, the layout's
/// fingerprint, and the data as they are. docs/reference/formats/store-copy.md
class EventExport {
 public:
  /// Reads the layouts of all types.
  explicit EventExport(const Site& site);
  Facts operator()(const Site& site, const EventView& event) const;

 private:
  std::map<std::pair<std::string, std::uint64_t>, std::string> fingerprints_;
};

struct EventImportOptions {
  bool recorded_now = false;  ///< give the events the time of their import as `recorded_at`
  std::function<bool()> keep_going = [] { return true; };
};

/// What an import came to.
struct EventsImported {
  std::uint64_t lines = 0;
  std::uint64_t stored = 0;
  std::uint64_t known = 0;     ///< there already, by their ids
  std::uint64_t left_out = 0;  ///< hidden ones, which have no data, and the framework's own
  std::optional<Problem> problem = {};  ///< why it ended before the last line
};

/// Stores events that lines of JSON tell of, each once, in batches: what came before a problem
/// stays, and the same lines again go on. `log` is opened for writing.
///
/// Problems: "import.bad_line", what the store refuses, "import.stopped".
EventsImported import_events(const Site& site, store::StoreEngine& log, Random& random,
                             std::istream& lines, const EventImportOptions& options = {});

}  // namespace tidemark::admin
