#include "tidemark/app/run.hpp"

#include <iostream>

#include "operations_host.hpp"
#include "tidemark/admin/console.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark {

int run(const Wiring& wiring, int argc, char** argv, const store::Engines& engines) {
  try {
    runtime::Signals signals;
    app::OperationsHost host(wiring, engines, signals);
    return admin::run_console({.argc = argc,
                               .argv = argv,
                               .program = wiring.parts().name,
                               .host = &host,
                               .engines = engines},
                              signals);
  } catch (const Failure& failure) {
    std::cerr << "error: " << failure.what() << '\n';
    return admin::exit_usage;
  } catch (const std::exception& error) {
    std::cerr << "error: app.crashed: " << error.what()
              << " (this is a programming error: report it)\n";
    return admin::exit_usage;
  }
}

}  // namespace tidemark
