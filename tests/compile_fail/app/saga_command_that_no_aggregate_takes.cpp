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

struct Billing {
  static constexpr tidemark::SagaSpec spec{.name = "billing"};
  using Data = SpendRecorded;
  using Commands = tidemark::List<RecordSpend>;
};
}  // namespace shop

extern template const tidemark::saga::SagaModel& tidemark::saga_model<shop::Billing>();

int main() {
  static_cast<void>(tidemark::Wiring("shop").aggregates<shop::Campaign>().sagas<shop::Billing>());
}
