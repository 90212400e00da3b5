// error: wrong_undo_for<Idle, SpendRecorded>
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
void take_back(const SpendRecorded&, tidemark::Outbox&) {}
#else
void take_back(const SpendRecorded&) {}
#endif

struct Billing {
  static constexpr tidemark::SagaSpec spec{.name = "billing"};
  using Data = SpendRecorded;
  using Commands = tidemark::List<RecordSpend>;
  static std::string correlate(const SpendRecorded& event) { return event.campaign_id(); }
  using Table = tidemark::Transitions<
      tidemark::Row<Idle, SpendRecorded, tidemark::Stay, &note, tidemark::Undo<&take_back>>>;
};
}  // namespace shop

template const tidemark::saga::SagaModel& tidemark::saga_model<shop::Billing>();

int main() {}
