# flux_precompiled(TARGET [TESTS]): the standard library, Asio and fmt, and for tests GoogleTest, are parsed once per
# build, not once per file, because parsing is most of the work where little is optimised. The preset `dev`, the headers
# check and clang-tidy do without, so a missing include is found there.

option(FLUX_PRECOMPILED "Parse the headers that everything includes once" OFF)

set(_headers
    <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <deque> <exception> <filesystem> <fstream>
    <functional> <future> <map> <memory> <mutex> <optional> <set> <span> <sstream> <string> <string_view> <thread>
    <unordered_map> <utility> <variant> <vector> <fmt/format.h> <boost/asio/co_spawn.hpp> <boost/asio/detached.hpp>
    <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/redirect_error.hpp> <boost/asio/steady_timer.hpp>
    <boost/asio/this_coro.hpp> <boost/asio/use_awaitable.hpp>)
set(_test_headers ${_headers} <gmock/gmock.h> <gtest/gtest.h>)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(_precompiled_suffix .gch)
    # ccache asks for the first one; by the other one it is an error when it is not used.
    set(_when_made -Winvalid-pch)
    set(_when_used -fpch-preprocess -Winvalid-pch)
else()
    set(_precompiled_suffix .pch)
    set(_when_made "SHELL:-Xclang -fno-pch-timestamp")
    set(_when_used "SHELL:-Xclang -fno-pch-timestamp")
endif()

# A library `name` whose only product are `headers`, precompiled.
function(_flux_precompile name headers)
    set(folder ${CMAKE_BINARY_DIR}/${name})
    list(TRANSFORM headers PREPEND "#include " OUTPUT_VARIABLE includes)
    list(JOIN includes "\n" text)
    file(CONFIGURE OUTPUT ${folder}/headers.h CONTENT "${text}\n" @ONLY)
    file(CONFIGURE OUTPUT ${folder}/empty.cc CONTENT "" @ONLY)
    add_library(${name} OBJECT ${folder}/empty.cc)
    target_link_libraries(${name} PRIVATE flux_boost fmt::fmt spdlog::spdlog ${ARGN})
    target_precompile_headers(${name} PRIVATE ${headers})
    # It names its own place, so one clone's is of no use to another: never from the cache.
    set_target_properties(${name} PROPERTIES CXX_COMPILER_LAUNCHER "")
    target_compile_options(${name} PRIVATE ${_when_made})

    # What ccache hashes in its stead: the text of the headers, which is the same in every clone.
    set(sum ${CMAKE_BINARY_DIR}/CMakeFiles/${name}.dir/cmake_pch.hxx${_precompiled_suffix}.sum)
    add_custom_command(
        OUTPUT ${sum}
        COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -E -P -x c++ headers.h -o headers.ii -MD -MF headers.d -MT ${sum}
        COMMAND ${CMAKE_COMMAND} -E sha256sum headers.ii > ${sum}
        DEPENDS ${folder}/headers.h
        DEPFILE ${folder}/headers.d
        WORKING_DIRECTORY ${folder}
        VERBATIM)
    add_custom_target(${name}_sum DEPENDS ${sum})
    add_dependencies(${name} ${name}_sum)
endfunction()

if(FLUX_PRECOMPILED)
    _flux_precompile(flux_precompiled "${_headers}")
    if(FLUX_TESTS)
        _flux_precompile(flux_precompiled_tests "${_test_headers}" GTest::gmock)
    endif()
endif()

# What does not link Asio cannot have its headers: they refer to its functions.
function(flux_precompiled target)
    cmake_parse_arguments(P "TESTS" "" "" ${ARGN})
    flux_links_asio(${target} asio)
    if(FLUX_PRECOMPILED AND asio)
        set(name flux_precompiled)
        if(P_TESTS)
            set(name flux_precompiled_tests)
        endif()
        # In the form whose path ccache takes relative to the clone; REUSE_FROM has another.
        set(header ${CMAKE_BINARY_DIR}/CMakeFiles/${name}.dir/cmake_pch.hxx)
        set(precompiled ${header}${_precompiled_suffix})
        if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
            target_compile_options(${target} PRIVATE "SHELL:-include ${header}" ${_when_used})
        else()
            target_compile_options(${target} PRIVATE "SHELL:-include-pch ${precompiled}" ${_when_used})
        endif()
        add_dependencies(${target} ${name})
        get_target_property(sources ${target} SOURCES)
        set_source_files_properties(${sources} PROPERTIES OBJECT_DEPENDS ${precompiled})
    endif()
endfunction()

# Whether flux_boost is among the libraries of a target, or of theirs.
function(flux_links_asio target result)
    set(${result} FALSE PARENT_SCOPE)
    get_target_property(libraries ${target} LINK_LIBRARIES)
    foreach(library IN LISTS libraries)
        if(library STREQUAL "flux_boost")
            set(${result} TRUE PARENT_SCOPE)
        elseif(library MATCHES "^flux_" AND TARGET ${library})
            flux_links_asio(${library} inner)
            if(inner)
                set(${result} TRUE PARENT_SCOPE)
            endif()
        endif()
    endforeach()
endfunction()
