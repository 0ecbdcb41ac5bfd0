# `cpack --config <build>/CPackConfig.cmake`: a Debian package of the runtime library, its headers and the runner, for the
# machine that the build is for.
install(PROGRAMS $<TARGET_FILE:runner> DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME nuthatch-runner COMPONENT runner)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME nuthatch-runtime)
set(CPACK_PACKAGE_CONTACT "The Nuthatch developers <nuthatch@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Small machine learning models: runtime library, headers and runner")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL library runner)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
# The libraries of Debian 12, whose compilers `./run setup` installs.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libc6 (>= 2.36), libstdc++6 (>= 12), libgcc-s1 (>= 12)")
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "arm")
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE armhf)
endif()
include(CPack)
