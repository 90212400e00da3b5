#pragma once

#include <array>
#include <string_view>

#include "tidemark/intake/progress.hpp"

namespace tidemark::intake {

/// How a count is called in intake's file, and as what `tidemark_intake_lines_total` says it
/// became; all but `lines` become something.
struct CountName {
  std::string_view in_file;
  std::string_view became;
  std::uint64_t Counts::* count;
};

inline constexpr std::array count_names{
    CountName{"lines", "", &Counts::lines},
    CountName{"blank", "blank", &Counts::blank},
    CountName{"time only", "time_only", &Counts::time_only},
    CountName{"facts stored", "fact_stored", &Counts::facts_stored},
    CountName{"facts repeated", "fact_repeated", &Counts::facts_repeated},
    CountName{"commands accepted", "command_accepted", &Counts::commands_accepted},
    CountName{"commands nothing", "command_nothing", &Counts::commands_nothing},
    CountName{"commands rejected", "command_rejected", &Counts::commands_rejected},
    CountName{"commands failed", "command_failed", &Counts::commands_failed},
    CountName{"commands repeated", "command_repeated", &Counts::commands_repeated},
};
inline constexpr std::string_view mismatch_prefix = "mismatch ";

}  // namespace tidemark::intake
