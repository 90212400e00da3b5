#pragma once

#include <cstdint>
#include <string>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/base/result.hpp"

namespace tidemark::admin {

/// The checkpoints that were issued, newest first, at most `limit`.
Report checkpoint_list(const Site& site, std::uint64_t limit);

/// One checkpoint, with its note.
Report checkpoint_report(const store::IssuedCheckpoint& issued);

/// What shows, to whoever trusts a checkpoint, that an event is in the log: a JSON document that
/// holds all that a check needs, `docs/reference/formats/inclusion-proof.md`. `event`: a position
/// or an event id.
Result<std::string, Problem> inclusion_proof(const Site& site, const std::string& event);

}  // namespace tidemark::admin
