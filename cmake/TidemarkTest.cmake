# tidemark_test(NAME LABEL label SOURCES file… LINKS target… [WHOLE] [TIMEOUT seconds])
#
# A doctest program. Each of its cases is a ctest test with that label; WHOLE makes the program one
# test, for suites that share something slow to start, such as a broker; these begin before others.
find_package(doctest REQUIRED)
# Tests in Python use the modules that Debian packages for its own interpreter.
set(Python3_ROOT_DIR /usr)
set(Python3_FIND_STRATEGY LOCATION)
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
include("${doctest_DIR}/doctest.cmake")

add_library(tidemark_doctest_main OBJECT "${CMAKE_SOURCE_DIR}/tests/support/main.cpp")
target_link_libraries(tidemark_doctest_main PUBLIC doctest::doctest)
target_compile_features(tidemark_doctest_main PUBLIC cxx_std_20)

function(tidemark_test name)
  cmake_parse_arguments(arg "WHOLE" "LABEL;TIMEOUT" "SOURCES;LINKS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(TIDEMARK_SANITIZE)  # a hang is a hang, but all takes longer
    math(EXPR arg_TIMEOUT "3 * ${arg_TIMEOUT}")
  endif()
  set(target "test_${name}")
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE tidemark_doctest_main ${arg_LINKS})
  target_include_directories(${target} PRIVATE "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/tests")
  tidemark_warnings(${target})
  tidemark_precompile(${target})
  if(arg_WHOLE)
    add_test(NAME "${arg_LABEL}/${name}" COMMAND ${target})
    set_tests_properties("${arg_LABEL}/${name}" PROPERTIES
      LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} COST ${arg_TIMEOUT} SKIP_RETURN_CODE 77)
  else()
    doctest_discover_tests(${target} TEST_PREFIX "${arg_LABEL}/${name}: " ADD_LABELS 0
      PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT})
  endif()
endfunction()
