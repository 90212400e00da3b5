// error: not_an_event_of<Campaign, SpendRecorded>
#include <tidemark/aggregate.hpp>

#include "sample.pb.h"

namespace shop {
using sample::v1::SpendRecorded;

struct Campaign {
  using Commands = tidemark::List<>;
#ifdef REPAIRED
  using Events = tidemark::List<SpendRecorded>;
#else
  using Events = tidemark::List<>;
#endif
  static constexpr std::string_view category = "campaign";
};
}  // namespace shop

int main() {
  static_cast<void>(
      tidemark::emit(tidemark::to<shop::Campaign>("c1", sample::v1::SpendRecorded())));
}
