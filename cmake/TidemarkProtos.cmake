# tidemark_protos(TARGET name ROOT folder FILES file.proto… [LINKS target…])
#
# Compiles a user's .proto files to a static library TARGET, with tidemark/options.proto on the
# import path. FILES are relative to ROOT, and so are the generated headers. The descriptor set of
# the files and of all they import, comments included, is embedded: `<name>_descriptor_set()`,
# declared in `<name>.descriptors.hpp`, answers with its bytes.
function(tidemark_protos)
  cmake_parse_arguments(arg "" "TARGET;ROOT" "FILES;LINKS" ${ARGN})
  if(NOT arg_TARGET OR NOT arg_ROOT OR NOT arg_FILES)
    message(FATAL_ERROR "tidemark_protos needs TARGET, ROOT and FILES")
  endif()
  get_filename_component(root "${arg_ROOT}" ABSOLUTE)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${arg_TARGET}.protos")
  file(MAKE_DIRECTORY "${out}")
  if(TARGET tidemark_aggregate)
    set(options_root "${tidemark_SOURCE_DIR}/framework/aggregate/include")
  else()
    get_target_property(options_root tidemark::aggregate INTERFACE_INCLUDE_DIRECTORIES)
  endif()
  set(imports "-I${root}")
  foreach(folder IN LISTS options_root Protobuf_INCLUDE_DIRS)
    list(APPEND imports "-I${folder}")
  endforeach()
  set(inputs "")
  set(outputs "")
  foreach(file IN LISTS arg_FILES)
    string(REGEX REPLACE "\\.proto$" "" stem "${file}")
    list(APPEND inputs "${root}/${file}")
    list(APPEND outputs "${out}/${stem}.pb.cc" "${out}/${stem}.pb.h")
  endforeach()
  set(descriptor_set "${out}/${arg_TARGET}.binpb")
  set(embedded "${out}/${arg_TARGET}.descriptors.cpp")
  add_custom_command(OUTPUT ${outputs} "${descriptor_set}"
    COMMAND protobuf::protoc ${imports} "--cpp_out=${out}" "--descriptor_set_out=${descriptor_set}"
      --include_imports --include_source_info ${arg_FILES}
    WORKING_DIRECTORY "${root}" DEPENDS ${inputs} VERBATIM COMMENT "protoc ${arg_TARGET}")
  add_custom_command(OUTPUT "${embedded}"
    COMMAND "${CMAKE_COMMAND}" -DINPUT=${descriptor_set} -DOUTPUT=${embedded} -DNAME=${arg_TARGET}
      -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/TidemarkEmbed.cmake"
    DEPENDS "${descriptor_set}" "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/TidemarkEmbed.cmake" VERBATIM
    COMMENT "embed ${arg_TARGET}.binpb")
  file(CONFIGURE OUTPUT "${out}/${arg_TARGET}.descriptors.hpp" CONTENT [[
#pragma once
#include <string_view>
/// The serialised google.protobuf.FileDescriptorSet of @arg_TARGET@ and everything it imports.
std::string_view @arg_TARGET@_descriptor_set();
]] @ONLY)
  add_library(${arg_TARGET} STATIC ${outputs} "${embedded}")
  target_compile_features(${arg_TARGET} PUBLIC cxx_std_20)
  target_include_directories(${arg_TARGET} SYSTEM PUBLIC "$<BUILD_INTERFACE:${out}>")
  target_link_libraries(${arg_TARGET} PUBLIC tidemark::aggregate ${arg_LINKS})
endfunction()
