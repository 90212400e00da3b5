# What nearly every source of this build includes, parsed once: a build takes a quarter less. Only
# for builds of this tree by the first compiler; each source still names all that it uses, which the
# second compiler (preset asan) checks by doing without.
option(TIDEMARK_PRECOMPILE "Precompile the headers that nearly every source includes" OFF)

# tidemark_precompile(TARGET)
#
# Programs and libraries differ in what they may assume of addresses, and so in their headers.
function(tidemark_precompile target)
  if(NOT TIDEMARK_PRECOMPILE)
    return()
  endif()
  get_target_property(type ${target} TYPE)
  set(headers tidemark_headers_of_libraries)
  if(type STREQUAL EXECUTABLE)
    set(headers tidemark_headers_of_programs)
  endif()
  if(NOT TARGET ${headers})
    set(source "${CMAKE_BINARY_DIR}/${headers}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT "")
    add_library(${headers} OBJECT "${source}")
    target_link_libraries(${headers} PRIVATE fmt::fmt protobuf::libprotobuf)
    target_compile_features(${headers} PRIVATE cxx_std_20)
    tidemark_warnings(${headers})  # a pedantic compiler has other macros
    if(type STREQUAL EXECUTABLE)
      set_target_properties(${headers} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
      target_compile_options(${headers} PRIVATE -fPIE)
    endif()
    target_precompile_headers(${headers} PRIVATE
      <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <deque>
      <filesystem> <functional> <map> <memory> <mutex> <optional> <set> <span> <sstream> <string>
      <string_view> <thread> <unordered_map> <utility> <variant> <vector>
      <fmt/format.h> <google/protobuf/message.h>)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${headers})
endfunction()
