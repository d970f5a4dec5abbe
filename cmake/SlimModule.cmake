# SPDX-License-Identifier: Apache-2.0
# slim_module(NAME DEPENDS target...): the static library slim_NAME from src/NAME/**.cpp.
function(slim_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/trace/ebpf/")
  if(sources)
    add_library(slim_${name} STATIC ${sources})
    set(scope PUBLIC)
    target_include_directories(slim_${name} PRIVATE ${CMAKE_SOURCE_DIR}/src)
    target_compile_options(slim_${name} PRIVATE -Wall -Wextra -Wpedantic -Wshadow
                           # g++ 12 warns of memcpy in std::string (GCC bug 105329).
                           $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  else()
    add_library(slim_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(slim_${name} ${scope} ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(slim_${name} ${scope} ${ARG_DEPENDS})
  if(SLIM_SANITIZE)
    target_compile_options(slim_${name} ${scope} -fsanitize=address,undefined)
    target_link_options(slim_${name} ${scope} -fsanitize=address,undefined)
  endif()
endfunction()
