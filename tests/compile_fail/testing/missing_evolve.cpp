// error: no_evolve_for<Campaign, SpendRecorded>
#include <tidemark/testing/given.hpp>

#include "sample.pb.h"

namespace shop {
using sample::v1::RecordSpend;
using sample::v1::SpendRecorded;

struct Campaign {
  using Commands = tidemark::List<RecordSpend>;
  using Events = tidemark::List<SpendRecorded>;
  static constexpr std::string_view category = "campaign";
  static std::string_view id(const RecordSpend& command) { return command.campaign_id(); }
};

#ifdef REPAIRED
void evolve(Campaign&, const SpendRecorded&) {}
#endif
tidemark::Decision decide(const Campaign&, const RecordSpend&, const tidemark::Context&) {
  return tidemark::nothing();
}
}  // namespace shop

int main() {
  tidemark::testing::given<shop::Campaign>(sample::v1::SpendRecorded())
      .when(sample::v1::RecordSpend())
      .then_nothing();
}
