// error: wrong_action_for<Idle, AfterSeconds<86400>>
#include <tidemark/saga/saga.hpp>

#include "sample.pb.h"

namespace shop {
using sample::v1::RecordSpend;
using sample::v1::SpendRecorded;

struct Idle {
  static constexpr std::string_view name = "idle";
};

#ifdef REPAIRED
void escalate(SpendRecorded&, const tidemark::AfterHours<24>&, tidemark::Outbox&) {}
#else
void escalate(SpendRecorded&, tidemark::Outbox&) {}
#endif

struct Billing {
  static constexpr tidemark::SagaSpec spec{.name = "billing"};
  using Data = SpendRecorded;
  using Commands = tidemark::List<RecordSpend>;
  static std::string correlate(const SpendRecorded& event) { return event.campaign_id(); }
  using Table = tidemark::Transitions<
      tidemark::Row<Idle, tidemark::AfterHours<24>, tidemark::Stay, &escalate>>;
};
}  // namespace shop

template const tidemark::saga::SagaModel& tidemark::saga_model<shop::Billing>();

int main() {}
