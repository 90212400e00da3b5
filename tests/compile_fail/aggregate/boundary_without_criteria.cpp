// error: no_criteria_for<Budget, RecordSpend>
#include <tidemark/aggregate.hpp>

#include "sample.pb.h"

namespace shop {
using sample::v1::RecordSpend;
using sample::v1::SpendRecorded;

struct Budget {
  using Commands = tidemark::List<RecordSpend>;
  using Events = tidemark::List<SpendRecorded>;
  static constexpr std::string_view category = "budget";
  static std::string_view id(const RecordSpend& command) { return command.campaign_id(); }
#ifdef REPAIRED
  static std::vector<tidemark::Criterion> criteria(const RecordSpend& command) {
    return {tidemark::tagged(tidemark::as_tag("campaign", command.campaign_id()))};
  }
#endif
};

void evolve(Budget&, const SpendRecorded&) {}
tidemark::Decision decide(const Budget&, const RecordSpend&, const tidemark::Context&) {
  return tidemark::nothing();
}
}  // namespace shop

int main() { tidemark::check_boundary<shop::Budget>(); }
