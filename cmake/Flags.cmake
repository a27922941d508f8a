# Warnings and floating-point rules of our own targets, in one INTERFACE target. Sanitizers change the ABI and are
# therefore global to a build: see the presets (CMAKE_CXX_FLAGS).
add_library(tieout_flags INTERFACE)
target_compile_options(tieout_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Werror)
# Measured: g++ 12 at -O2 -mfma fuses a*b+c under every -std; only this flag stops it. It is PUBLIC to everything that
# we compile, so that the same source gives the same bits in every target.
add_compile_options(-ffp-contract=off)
find_program(TIEOUT_CCACHE ccache)
if(TIEOUT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what ccache asks for before it caches a compilation that uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=locale,pch_defines,time_macros ${TIEOUT_CCACHE})
endif()
