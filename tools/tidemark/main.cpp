#include <iostream>

#include "tidemark/admin/console.hpp"
#include "tidemark/base/failure.hpp"

int main(int argc, char** argv) {
  try {
    tidemark::runtime::Signals signals;
    return tidemark::admin::run_console(
        {.argc = argc, .argv = argv, .version = TIDEMARK_VERSION, .templates = TIDEMARK_TEMPLATES},
        signals);
  } catch (const tidemark::Failure& failure) {
    std::cerr << "error: " << failure.what() << '\n';
    return tidemark::admin::exit_usage;
  }
}
