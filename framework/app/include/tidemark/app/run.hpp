#pragma once

#include "tidemark/app/wiring.hpp"
#include "tidemark/store/engines.hpp"

namespace tidemark {

/// The main function of an application: reads arguments, environment and configuration file, and
/// runs.
///
///     int main(int argc, char** argv) { return tidemark::run(adtech(), argc, argv); }
///
/// Exit codes: 0 done or stopped by a signal after a clean drain, 1 something failed, 2 wrong usage
/// or environment.
///
/// `engines`: those beside the embedded one that store.url may name, such as
/// `store_postgres::postgres_engine()`.
int run(const Wiring& wiring, int argc, char** argv, const store::Engines& engines = {});

}  // namespace tidemark
