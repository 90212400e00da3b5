// error: no_aggregate_wired<SpendMove, Campaign>
#include <tidemark/app/wiring.hpp>

#include "sample.pb.h"

namespace shop {
using sample::v1::RecordSpend;
using sample::v1::SpendRecorded;

struct Campaign {
  using Commands = tidemark::List<>;
  using Events = tidemark::List<SpendRecorded>;
  static constexpr std::string_view category = "campaign";
};
void evolve(Campaign&, const SpendRecorded&) {}

struct SpendMove {
  using Commands = tidemark::List<RecordSpend>;
  using Aggregates = tidemark::List<Campaign, Campaign>;
  static std::array<std::string_view, 2> ids(const RecordSpend& command) {
    return {command.campaign_id(), command.campaign_id()};
  }
};

tidemark::Decision decide(const Campaign&, const Campaign&, const RecordSpend&,
                          const tidemark::Context&) {
  return tidemark::nothing();
}
}  // namespace shop

int main() {
#ifdef REPAIRED
  tidemark::Wiring("shop").aggregates<shop::Campaign>().joint_decisions<shop::SpendMove>();
#else
  tidemark::Wiring("shop").aggregates<>().joint_decisions<shop::SpendMove>();
#endif
}
