// error: Table<Spend>
#include <tidemark/projection.hpp>
#include <tidemark/projection/model.hpp>

#include "sample.pb.h"

namespace shop {
using sample::v1::RecordSpend;
using sample::v1::SpendRecorded;

struct Spend {
  static constexpr tidemark::ProjectionSpec spec{.name = "spend"};
  using Row = SpendRecorded;
  using Key = tidemark::Key<&Row::campaign_id>;
  using Events = tidemark::List<SpendRecorded>;
  static void on(tidemark::Table<Spend>& rows, const SpendRecorded& event,
                 const tidemark::Metadata&) {
#ifdef REPAIRED
    rows.at(event.campaign_id());
#else
    RecordSpend command;
    command.set_campaign_id(event.campaign_id());
    rows.send(command);
#endif
  }
};
}  // namespace shop

int main() { static_cast<void>(tidemark::make_projection<shop::Spend>()); }
