# The installed package: find_package(tidemark CONFIG COMPONENTS aggregate app testing …).
include(CMakePackageConfigHelpers)
set(destination "${CMAKE_INSTALL_LIBDIR}/cmake/tidemark")
get_property(TIDEMARK_MODULES GLOBAL PROPERTY tidemark_modules)
get_property(TIDEMARK_OPTIONAL_MODULES GLOBAL PROPERTY tidemark_optional_modules)
configure_package_config_file(cmake/tidemarkConfig.cmake.in
  "${CMAKE_CURRENT_BINARY_DIR}/tidemarkConfig.cmake" INSTALL_DESTINATION "${destination}")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/tidemarkConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(EXPORT tidemarkTargets NAMESPACE tidemark:: DESTINATION "${destination}")
foreach(module IN LISTS TIDEMARK_OPTIONAL_MODULES)
  install(EXPORT tidemarkTargets_${module} NAMESPACE tidemark:: DESTINATION "${destination}")
endforeach()
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/tidemarkConfig.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/tidemarkConfigVersion.cmake"
  cmake/TidemarkDependencies.cmake cmake/TidemarkProtos.cmake cmake/TidemarkEmbed.cmake
  DESTINATION "${destination}")
