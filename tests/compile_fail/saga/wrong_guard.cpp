// error: wrong_guard_for<Idle, SpendRecorded>
#include <tidemark/saga/saga.hpp>

#include "sample.pb.h"

namespace shop {
using sample::v1::RecordSpend;
using sample::v1::SpendRecorded;

struct Idle {
  static constexpr std::string_view name = "idle";
};

void note(SpendRecorded&, const SpendRecorded&, tidemark::Outbox&) {}
#ifdef REPAIRED
bool is_large(const SpendRecorded&, const SpendRecorded&) { return true; }
#else
bool is_large(SpendRecorded&, const SpendRecorded&) { return true; }
#endif

struct Billing {
  static constexpr tidemark::SagaSpec spec{.name = "billing"};
  using Data = SpendRecorded;
  using Commands = tidemark::List<RecordSpend>;
  static std::string correlate(const SpendRecorded& event) { return event.campaign_id(); }
  using Table = tidemark::Transitions<
      tidemark::Row<Idle, SpendRecorded, tidemark::Stay, &note, tidemark::When<&is_large>>>;
};
}  // namespace shop

template const tidemark::saga::SagaModel& tidemark::saga_model<shop::Billing>();

int main() {}
