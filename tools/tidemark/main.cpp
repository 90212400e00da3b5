#include <filesystem>
#include <iostream>

#include "tidemark/admin/console.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/store_postgres/postgres_engine.hpp"

namespace {

/// Where the template project was installed, seen from this program.
std::filesystem::path templates() {
  std::error_code unknown;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  return (program.parent_path() / TIDEMARK_TEMPLATES).lexically_normal();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    tidemark::runtime::Signals signals;
    return tidemark::admin::run_console({.argc = argc,
                                         .argv = argv,
                                         .version = TIDEMARK_VERSION,
                                         .templates = templates(),
                                         .engines = {tidemark::store_postgres::postgres_engine()}},
                                        signals);
  } catch (const tidemark::Failure& failure) {
    std::cerr << "error: " << failure.what() << '\n';
    return tidemark::admin::exit_usage;
  }
}
