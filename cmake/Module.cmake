if(TIEOUT_BUILD_TESTS)
  # The precompiled headers of all tests: gtest and the standard headers that most of them include.
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/test_headers.cpp CONTENT "// Carries the precompiled headers of the tests.\n")
  add_library(tieout_test_headers OBJECT ${CMAKE_BINARY_DIR}/test_headers.cpp)
  set_target_properties(tieout_test_headers PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(tieout_test_headers PRIVATE $<$<CONFIG:Release>:-O0> -fpch-preprocess)
  target_link_libraries(tieout_test_headers PRIVATE tieout_flags fmt::fmt GTest::gmock GTest::gtest_main)
  target_precompile_headers(tieout_test_headers PRIVATE
    <gmock/gmock.h> <gtest/gtest.h> <fmt/format.h> <algorithm> <cmath> <filesystem> <fstream> <functional> <limits> <map>
    <memory> <optional> <set> <span> <string> <string_view> <variant> <vector>)
endif()

# tieout_compile_together(<target> <sources>...): compile the sources of a library in groups of about four (CMake's unity build), which
# halves the time of a build from nothing: half of it is reading the same headers again. Which group a file is in depends on its name
# and, in steps of two, on how many there are, so that a new file changes one group. Two files of one group may not give one
# name to two things, not even in anonymous namespaces: share the thing, or name it better.
function(tieout_compile_together target)
  list(LENGTH ARGN count)
  set(groups 1)
  while(count GREATER 6)
    math(EXPR groups "${groups} * 2")
    math(EXPR count "${count} / 2")
  endwhile()
  foreach(source IN LISTS ARGN)
    get_filename_component(name ${source} NAME)
    string(MD5 hash ${name})
    string(SUBSTRING ${hash} 0 4 hash)
    math(EXPR group "0x${hash} % ${groups}")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# tieout_module(<name> SOURCES ... [ALONE ...] [DEPS ...] [EXTERNAL ...] [TESTS ...] [TEST_EXTERNAL ...] [TESTS_TOGETHER ...] [BENCHMARKS ...])
#
# Add library tieout::<name> from modules/<name>; stop if a dependency is not strictly lower (cmake/Levels.cmake).
# ALONE names sources that are never compiled together with others: they have names of their own for what others call so too.
# TESTS are linked into one gtest binary, tieout_<name>_tests; each file of BENCHMARKS is a program of its own.
# ctest runs each test in a process of its own, those whose names match TESTS_TOGETHER in one: what they share is dear to start.
function(tieout_module name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "TESTS_TOGETHER" "SOURCES;ALONE;DEPS;EXTERNAL;TESTS;TEST_EXTERNAL;BENCHMARKS")
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tieout_module(${name}): unknown arguments ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  foreach(dep IN LISTS ARG_DEPS)
    if(NOT DEFINED TIEOUT_LEVEL_${dep} OR NOT TIEOUT_LEVEL_${dep} LESS TIEOUT_LEVEL_${name})
      message(FATAL_ERROR "tieout_${name} may not depend on tieout_${dep}: see cmake/Levels.cmake")
    endif()
  endforeach()
  add_library(tieout_${name} STATIC ${ARG_SOURCES})
  add_library(tieout::${name} ALIAS tieout_${name})
  if(TIEOUT_COMPILE_TOGETHER)
    tieout_compile_together(tieout_${name} ${ARG_SOURCES})
    set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
  target_compile_features(tieout_${name} PUBLIC cxx_std_20)
  set_target_properties(tieout_${name} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  target_include_directories(tieout_${name}
    PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>
    PRIVATE src)
  set(deps ${ARG_DEPS})
  list(TRANSFORM deps PREPEND tieout::)
  target_link_libraries(tieout_${name} PUBLIC ${deps} PRIVATE $<BUILD_INTERFACE:tieout_flags> ${ARG_EXTERNAL})
  set_property(GLOBAL APPEND PROPERTY TIEOUT_MODULE_DEPS "${name}:${ARG_DEPS}")

  if(TIEOUT_BUILD_TESTS AND ARG_TESTS)
    add_executable(tieout_${name}_tests ${ARG_TESTS})
    set_target_properties(tieout_${name}_tests PROPERTIES CXX_EXTENSIONS OFF)
    target_include_directories(tieout_${name}_tests PRIVATE tests src)
    target_link_libraries(tieout_${name}_tests
      PRIVATE tieout::${name} tieout_flags fmt::fmt GTest::gmock GTest::gtest_main ${ARG_EXTERNAL} ${ARG_TEST_EXTERNAL})
    # What is tested is optimised; the tests are not, and share one precompiled header: half of the time of compiling them.
    # (g++ 12 crashes in its optimiser on some files that use a precompiled header, so the two go together. -fpch-preprocess is for ccache.)
    target_compile_options(tieout_${name}_tests PRIVATE $<$<CONFIG:Release>:-O0> -fpch-preprocess)
    target_precompile_headers(tieout_${name}_tests REUSE_FROM tieout_test_headers)
    target_compile_definitions(tieout_${name}_tests PRIVATE TIEOUT_SHARED_DIR="${TIEOUT_SHARED_DIR}"
      TIEOUT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    include(GoogleTest)
    set(alone)
    if(ARG_TESTS_TOGETHER)
      set(alone TEST_FILTER -${ARG_TESTS_TOGETHER})
      add_test(NAME ${name}.together COMMAND tieout_${name}_tests --gtest_filter=${ARG_TESTS_TOGETHER})
      set_tests_properties(${name}.together PROPERTIES TIMEOUT 120 SKIP_REGULAR_EXPRESSION "skipped: no ")
    endif()
    gtest_discover_tests(tieout_${name}_tests TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 ${alone} PROPERTIES TIMEOUT 120)
  endif()

  if(TIEOUT_BUILD_BENCHMARKS)
    foreach(source IN LISTS ARG_BENCHMARKS)
      get_filename_component(stem ${source} NAME_WE)
      add_executable(bench_${name}_${stem} ${source})
      set_target_properties(bench_${name}_${stem} PROPERTIES CXX_EXTENSIONS OFF
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
      target_include_directories(bench_${name}_${stem} PRIVATE src)
      target_link_libraries(bench_${name}_${stem} PRIVATE tieout::${name} tieout_flags ${ARG_EXTERNAL})
      target_compile_definitions(bench_${name}_${stem} PRIVATE TIEOUT_SHARED_DIR="${TIEOUT_SHARED_DIR}")
    endforeach()
  endif()
endfunction()
