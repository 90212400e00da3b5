// error: no_handler_for<Spend, SpendRecorded>
#include <tidemark/projection.hpp>
#include <tidemark/projection/model.hpp>

#include "sample.pb.h"

namespace tidemark {
class Dispatch;
}

namespace shop {
using sample::v1::SpendRecorded;

struct Spend {
  static constexpr tidemark::ProjectionSpec spec{.name = "spend"};
  using Row = SpendRecorded;
  using Key = tidemark::Key<&Row::campaign_id>;
  using Events = tidemark::List<SpendRecorded>;
#ifdef REPAIRED
  static void on(tidemark::Table<Spend>&, const SpendRecorded&, const tidemark::Metadata&) {}
#else
  static void on(tidemark::Dispatch&, const SpendRecorded&, const tidemark::Metadata&) {}
#endif
};
}  // namespace shop

int main() { static_cast<void>(tidemark::make_projection<shop::Spend>()); }
