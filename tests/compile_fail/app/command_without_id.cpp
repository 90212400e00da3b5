// error: no_id_for<Campaign, RecordSpend>
#include <tidemark/aggregate.hpp>
#include <tidemark/app/wiring.hpp>

#include "sample.pb.h"

namespace shop {
using sample::v1::RecordSpend;
using sample::v1::SpendRecorded;

struct Campaign {
  using Commands = tidemark::List<RecordSpend>;
  using Events = tidemark::List<SpendRecorded>;
  static constexpr std::string_view category = "campaign";
#ifdef REPAIRED
  static std::string_view id(const RecordSpend& command) { return command.campaign_id(); }
#endif
};

void evolve(Campaign&, const SpendRecorded&) {}
tidemark::Decision decide(const Campaign&, const RecordSpend&, const tidemark::Context&) {
  return tidemark::nothing();
}
}  // namespace shop

int main() { static_cast<void>(tidemark::Wiring("shop").aggregates<shop::Campaign>()); }
