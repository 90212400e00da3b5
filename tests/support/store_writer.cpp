// A process that appends to a store and says so: `store_writer ADDRESS PLAN…`, see
// `contract/store/writer_work.hpp`. Each line is written at once and whole, so that what was told
// before the process is killed is known. Ends with 3 when the store fails, and says with which
// code.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "contract/store/store_address.hpp"
#include "contract/store/writer_work.hpp"
#include "tidemark/base/failure.hpp"

int main(int argc, char** argv) {
  using namespace tidemark;
  constexpr int store_failed = 3;
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const SystemClock clock;
    SystemRandom random;
    const auto store = store::open_at(arguments.at(0), clock, random);
    store::write_all(*store, store::plan_of({arguments.begin() + 1, arguments.end()}),
                     [](const std::string& line) {
                       const auto text = line + "\n";
                       // A reader that is gone wants no more of it.
                       if (write(STDOUT_FILENO, text.data(), text.size()) < 0) _exit(EXIT_FAILURE);
                     });
    return EXIT_SUCCESS;
  } catch (const Failure& failure) {
    fmt::print(stderr, "store_writer: {}\n", failure.what());
    return store_failed;
  } catch (const std::exception& exception) {
    fmt::print(stderr, "store_writer: {}\n", exception.what());
    return EXIT_FAILURE;
  }
}
