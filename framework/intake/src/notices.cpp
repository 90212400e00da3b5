#include "notices.hpp"

namespace tidemark::intake {
namespace {

bool is_power_of_ten(std::uint64_t number) {
  while (number % 10 == 0) number /= 10;
  return number == 1;
}

}  // namespace

std::uint64_t Notices::count(const std::string& what) {
  const auto number = ++counts_[what];
  return is_power_of_ten(number) ? number : 0;
}

observe::Logger Notices::at(const Place& place) const {
  const auto slash = place.partition.rfind('/');
  if (slash == std::string::npos) {
    return logger_.with({{"input", input_}, {"line", place.line}, {"offset", place.offset}});
  }
  return logger_.with({{"input", input_},
                       {"topic", place.partition.substr(0, slash)},
                       {"partition", place.partition.substr(slash + 1)},
                       {"offset", place.offset}});
}

void Notices::tell(const Line& line, const std::string& partition, const Mismatch& mismatch) {
  const auto number = count("mismatch " + mismatch.reason);
  if (number == 0) return;
  at({.partition = partition, .offset = line.offset, .line = line.number})
      .warn("intake.mismatch", {{"reason", mismatch.reason},
                                {"field", mismatch.field},
                                {"count", number},
                                {"all", "store read --category intake"}});
}

void Notices::tell(const RefusedCommand& refused) {
  const bool failed = refused.kind == RefusedCommand::Kind::failed;
  const auto number = count((failed ? "failed " : "rejected ") + refused.code);
  if (number == 0) return;
  const auto log =
      at({.partition = refused.partition, .offset = refused.offset, .line = refused.line})
          .with({{"code", refused.code},
                 {"detail", refused.detail},
                 {"command", refused.type},
                 {"stream", refused.stream},
                 {"count", number}});
  if (failed) {
    log.warn("intake.command_failed", {{"all", "input refused --failed"}});
  } else {
    log.info("intake.command_rejected", {{"all", "input refused"}});
  }
}

}  // namespace tidemark::intake
