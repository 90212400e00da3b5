# tidemark_module(NAME LAYER n [OPTIONAL] [LINKS module…] [PRIVATE_LINKS module…]
#                 [EXTERNAL target…] [PRIVATE_EXTERNAL target…])
#
# Declares the framework module of the current folder as target tidemark::NAME. A module links only
# modules of a strictly lower layer, and configuring stops when it does not: an include from a
# module that was not declared is not on the include path. An OPTIONAL module needs a library that
# not every user has: the installed package has it only for who names it as a component.
function(tidemark_module name)
  cmake_parse_arguments(arg "OPTIONAL" "LAYER"
    "LINKS;PRIVATE_LINKS;EXTERNAL;PRIVATE_EXTERNAL" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS OR NOT DEFINED arg_LAYER)
    message(FATAL_ERROR
      "tidemark_module(${name}): needs LAYER, does not know '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  foreach(link IN LISTS arg_LINKS arg_PRIVATE_LINKS)
    get_property(layer GLOBAL PROPERTY tidemark_layer_${link})
    if(NOT DEFINED layer OR layer STREQUAL "")
      message(FATAL_ERROR "module '${name}' links '${link}', which is no module declared before it")
    endif()
    if(NOT layer LESS arg_LAYER)
      message(FATAL_ERROR "module '${name}' (layer ${arg_LAYER}) may not link '${link}' "
        "(layer ${layer}): only lower layers")
    endif()
  endforeach()
  set_property(GLOBAL PROPERTY tidemark_layer_${name} ${arg_LAYER})
  set_property(GLOBAL APPEND PROPERTY tidemark_modules ${name})
  set(export tidemarkTargets)
  if(arg_OPTIONAL)
    set_property(GLOBAL APPEND PROPERTY tidemark_optional_modules ${name})
    set(export tidemarkTargets_${name})
  endif()

  list(TRANSFORM arg_LINKS PREPEND tidemark::)
  list(TRANSFORM arg_PRIVATE_LINKS PREPEND tidemark::)
  set(target tidemark_${name})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/src/*.cpp")
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE_LINKS} ${arg_PRIVATE_EXTERNAL})
    target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/src")
    tidemark_warnings(${target})
    tidemark_precompile(${target})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(tidemark::${name} ALIAS ${target})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_link_libraries(${target} ${scope} ${arg_LINKS} ${arg_EXTERNAL})
  target_include_directories(${target} ${scope}
    "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${target} EXPORT ${export}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/include/" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.hpp" PATTERN "*.proto")
endfunction()

# tidemark_module_protos(NAME file.proto…)
#
# Compiles Protobuf messages that are part of module NAME, from its include/, to the target
# tidemark_NAME_protos for the module to link; they are installed with it. Call it before
# tidemark_module.
function(tidemark_module_protos name)
  set(target tidemark_${name}_protos)
  tidemark_protos(TARGET ${target} ROOT "${CMAKE_CURRENT_SOURCE_DIR}/include" FILES ${ARGN})
  target_include_directories(${target} SYSTEM PUBLIC
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name}_protos)
  install(TARGETS ${target} EXPORT tidemarkTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/${target}.protos/"
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.pb.h")
endfunction()
