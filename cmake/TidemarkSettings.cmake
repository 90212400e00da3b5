# Language level, warnings and sanitizers, for everything that this build compiles itself.
include(GNUInstallDirs)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE AND TIDEMARK_TOP_LEVEL)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(TIDEMARK_CCACHE ccache)
if(TIDEMARK_CCACHE AND TIDEMARK_TOP_LEVEL)
  set(CMAKE_C_COMPILER_LAUNCHER "${TIDEMARK_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${TIDEMARK_CCACHE}")
endif()

# Flags that must be equal in every object of one program.
if(TIDEMARK_SANITIZE)
  add_compile_options(-fsanitize=${TIDEMARK_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TIDEMARK_SANITIZE})
  # Instrumented code hides from g++ what is initialised and how long it is: it warns about moves of
  # std::variant, and about a literal beside a std::string. The sanitizers look when it runs.
  add_compile_options("$<$<CXX_COMPILER_ID:GNU>:\
-Wno-maybe-uninitialized;-Wno-array-bounds;-Wno-restrict;-Wno-stringop-overflow>")
endif()

# Fully inlined, g++ 12 warns about moves of std::optional, about the JSON library's maps and about
# a literal beside a std::string; the dev build has the same warnings and is what they are for.
add_compile_options("$<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:\
-Wno-maybe-uninitialized;-Wno-array-bounds;-Wno-restrict;-Wno-stringop-overflow>")

# tidemark_warnings(TARGET): the warnings of our own code; generated code is spared.
function(tidemark_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
    -Wold-style-cast -Woverloaded-virtual -Wno-missing-field-initializers)
  if(TIDEMARK_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
