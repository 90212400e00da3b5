#include <fmt/format.h>

#include "columns.hpp"
#include "findings.hpp"
#include "tidemark/admin/input_reports.hpp"
#include "tidemark/intake/progress.hpp"

namespace tidemark::admin {

/// A rejection is an answer; a failure is a defect that nobody was told of but the log.
void check_input(Examination& examination) {
  for (const auto& name : input_files(examination.site)) {
    auto file = examination.site.open_file(name);
    const auto input = file ? intake::progress_in(*file) : std::nullopt;
    const auto failed = input ? intake::failed_in(*file) : 0;
    if (failed == 0) continue;
    const auto newest = intake::refused_in(*file, {.failed_only = true, .limit = 1});
    examination.warn(
        input->name,
        {.code = "input.commands_failed",
         .field = {},
         .message = fmt::format("could not be carried out: {}, the newest with {}",
                                counted(failed, "command"), newest.at(0).code),
         .hint = fmt::format("`input refused {} --failed` lists them; mend the cause, then let "
                             "these lines come again: an answer takes them off the list",
                             input->name)});
  }
}

}  // namespace tidemark::admin
