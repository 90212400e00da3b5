#pragma once

#include "tidemark/app/wiring.hpp"

namespace tidemark {

/// The main function of an application: reads arguments, environment and configuration file, and
/// runs.
///
///     int main(int argc, char** argv) { return tidemark::run(adtech(), argc, argv); }
///
/// Exit codes: 0 done or stopped by a signal after a clean drain, 1 something failed, 2 wrong usage
/// or environment.
int run(const Wiring& wiring, int argc, char** argv);

}  // namespace tidemark
