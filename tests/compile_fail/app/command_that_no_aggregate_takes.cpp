// error: no_aggregate_takes<RecordSpend>
#include <tidemark/aggregate.hpp>
#include <tidemark/app/wiring.hpp>

#include "sample.pb.h"

namespace shop {
using sample::v1::RecordSpend;
using sample::v1::SpendRecorded;

struct Campaign {
#ifdef REPAIRED
  using Commands = tidemark::List<RecordSpend>;
#else
  using Commands = tidemark::List<>;
#endif
  using Events = tidemark::List<SpendRecorded>;
  static constexpr std::string_view category = "campaign";
  static std::string_view id(const RecordSpend& command) { return command.campaign_id(); }
};

void evolve(Campaign&, const SpendRecorded&) {}
tidemark::Decision decide(const Campaign&, const RecordSpend&, const tidemark::Context&) {
  return tidemark::nothing();
}

struct Meter {
  static constexpr tidemark::ReactionSpec spec{.name = "meter", .start = tidemark::ReactTo::news};
  using Inputs = tidemark::List<SpendRecorded>;
  using Commands = tidemark::List<RecordSpend>;
  static void on(tidemark::Dispatch&, const SpendRecorded&, const tidemark::Metadata&) {}
};
}  // namespace shop

int main() {
  static_cast<void>(tidemark::Wiring("shop").aggregates<shop::Campaign>().reactions<shop::Meter>());
}
