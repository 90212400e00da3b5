// error: no_handler_for<Spend, SpendRecorded>
#include <tidemark/projection.hpp>
#include <tidemark/testing/projection_given.hpp>

#include "sample.pb.h"

namespace shop {
using sample::v1::SpendRecorded;

struct Spend {
  static constexpr tidemark::ProjectionSpec spec{.name = "spend"};
  using Row = SpendRecorded;
  using Key = tidemark::Key<&Row::campaign_id>;
  using Events = tidemark::List<SpendRecorded>;
#ifdef REPAIRED
  static void on(tidemark::Table<Spend>&, const SpendRecorded&, const tidemark::Metadata&) {}
#endif
};
}  // namespace shop

int main() {
  using tidemark::testing::event;
  tidemark::testing::given_events<shop::Spend>(
      event(sample::v1::SpendRecorded(), tidemark::UtcTime()))
      .then_no_rows();
}
