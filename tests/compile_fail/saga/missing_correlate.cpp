// error: no_correlate_for<Billing, SpendRecorded>
#include <tidemark/saga/saga.hpp>

#include "sample.pb.h"

namespace shop {
using sample::v1::RecordSpend;
using sample::v1::SpendRecorded;

struct Idle {
  static constexpr std::string_view name = "idle";
};

void note(SpendRecorded&, const SpendRecorded&, tidemark::Outbox&) {}

struct Billing {
  static constexpr tidemark::SagaSpec spec{.name = "billing"};
  using Data = SpendRecorded;
  using Commands = tidemark::List<RecordSpend>;
#ifdef REPAIRED
  static std::string correlate(const SpendRecorded& event) { return event.campaign_id(); }
#endif
  using Table = tidemark::Transitions<tidemark::Row<Idle, SpendRecorded, tidemark::Stay, &note>>;
};
}  // namespace shop

template const tidemark::saga::SagaModel& tidemark::saga_model<shop::Billing>();

int main() {}
