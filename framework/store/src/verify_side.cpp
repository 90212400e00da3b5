#include "verify_side.hpp"

namespace tidemark::store {

SideCheck::SideCheck(LogReader& reader) : reader_(reader), through_(reader.side_through()) {
  if (through_ == Position()) return;
  summing_.start([this] { side_sum_ = reader_.side()->correlations(through_, given_up_); });
}

SideCheck::~SideCheck() { given_up_ = true; }

void SideCheck::add(const Metadata& metadata) {
  if (metadata.correlation_id.empty() || metadata.position > through_) return;
  sum_ += correlation_weight(metadata.correlation_id, metadata.position);
}

std::optional<Damage> SideCheck::finish(Position end) {
  summing_.wait();
  if (!side_sum_ || end < through_ || *side_sum_ == sum_) return std::nullopt;
  reader_.side()->condemn();
  return Damage{.position = through_,
                .code = "verify.index",
                .message =
                    "up to here, who asks for a correlation id finds too few events: remove the "
                    "side store beside the log, it comes anew"};
}

}  // namespace tidemark::store
