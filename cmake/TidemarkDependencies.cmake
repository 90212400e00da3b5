# Everything we stand on, from Debian 12; the only place that knows how a library is found.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(Protobuf 3.21 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(tomlplusplus 3.3 REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
pkg_check_modules(rdkafka REQUIRED IMPORTED_TARGET rdkafka>=2.0)

# What not every user has: looked for by who builds this tree, or names a component that needs it.
macro(tidemark_find_libpq)
  pkg_check_modules(libpq REQUIRED IMPORTED_TARGET libpq>=15)
endmacro()
