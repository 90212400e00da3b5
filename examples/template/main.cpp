// [main]
#include <tidemark/app/run.hpp>

#include "wiring.hpp"

int main(int argc, char** argv) { return tidemark::run(lending::wiring(), argc, argv); }
// [/main]
