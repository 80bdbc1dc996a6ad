# Compiler, warnings, sanitizers, linker and cache. Nothing here knows a feature of Flux.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(FLUX_TESTS "Build the unit and contract tests" ON)
option(FLUX_BENCH "Build the benchmark programs" OFF)
option(FLUX_FUZZ "Build the libFuzzer targets" OFF)
option(FLUX_TESTPOINTS "Build the points at which tests hold a process (base/testpoint.h); never in a release" OFF)
option(FLUX_COVERAGE "Instrument for llvm-cov" OFF)
set(FLUX_SANITIZE "" CACHE STRING "Sanitizers, comma separated: address,undefined or thread")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 CCACHE_COMPRESS=1
                                  CCACHE_PCH_EXTSUM=1 CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
    add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                    -Wno-missing-field-initializers -fno-omit-frame-pointer
                    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
# Of some libraries' users only, it would be another header for them than for the rest (FluxPrecompiled.cmake).
add_compile_definitions(_FILE_OFFSET_BITS=64)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 reports these inside the standard library and Boost when they are inlined with -O2 and up.
    add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
                        -Wno-stringop-overread -Wno-dangling-pointer -Wno-mismatched-new-delete)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
    add_compile_options(-gsplit-dwarf)
endif()
if(FLUX_SANITIZE)
    # Line tables are all a report needs. Optimising what the sanitizers add costs more than it saves when tests run
    # once: -O0 halves the build. Thread stress wants more turns than -O0 gives.
    add_compile_options(-fsanitize=${FLUX_SANITIZE} -fno-sanitize-recover=all -g1)
    if(FLUX_SANITIZE MATCHES "thread")
        add_compile_options(-O1)
    endif()
    add_link_options(-fsanitize=${FLUX_SANITIZE})
endif()
if(FLUX_TESTPOINTS)
    add_compile_definitions(FLUX_TESTPOINTS=1)
endif()
if(FLUX_COVERAGE)
    add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
    add_link_options(-fprofile-instr-generate)
endif()
if(FLUX_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
