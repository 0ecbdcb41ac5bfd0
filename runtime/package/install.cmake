# `cmake --install <build> --component library`: the runtime as a package, for find_package(nuthatch) and pkg-config.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
# Before 1.0 a minor version may change the layout of what callers hold.
set(SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

set_target_properties(nuthatch_runtime PROPERTIES EXPORT_NAME runtime OUTPUT_NAME nuthatch)
set(targets nuthatch_runtime)
if(TARGET nuthatch_runtime_shared)
  configure_file(package/symbols.map symbols.map @ONLY)
  set_target_properties(nuthatch_runtime_shared PROPERTIES EXPORT_NAME runtime_shared OUTPUT_NAME nuthatch
    VERSION ${PROJECT_VERSION} SOVERSION ${SOVERSION} LINK_DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/symbols.map)
  target_link_options(nuthatch_runtime_shared PRIVATE
    -Wl,--version-script=${CMAKE_CURRENT_BINARY_DIR}/symbols.map -Wl,--no-undefined)
  list(APPEND targets nuthatch_runtime_shared)
endif()

install(TARGETS ${targets} EXPORT nuthatchTargets COMPONENT library
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)
set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/nuthatch)
install(EXPORT nuthatchTargets NAMESPACE nuthatch:: DESTINATION ${folder} COMPONENT library)
configure_package_config_file(package/nuthatchConfig.cmake.in nuthatchConfig.cmake INSTALL_DESTINATION ${folder})
write_basic_package_version_file(nuthatchConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/nuthatchConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/nuthatchConfigVersion.cmake
        DESTINATION ${folder} COMPONENT library)

set(pc_folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH PREFIX_FROM_PC /${pc_folder} /)
string(REGEX REPLACE "/$" "" PREFIX_FROM_PC ${PREFIX_FROM_PC})
configure_file(package/nuthatch.pc.in nuthatch.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/nuthatch.pc DESTINATION ${pc_folder} COMPONENT library)
