#include <tidemark/app/run.hpp>

#include "examples/adtech/wiring.hpp"

int main(int argc, char** argv) { return tidemark::run(adtech::dashboard(), argc, argv); }
