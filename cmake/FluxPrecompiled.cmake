# flux_precompiled(TARGET): the standard library, Asio, fmt and GoogleTest are parsed once per build, not once per file.
# For the sanitizer builds, where parsing is most of the work. What users run is built without, so a missing include is
# found there, by the headers check and by clang-tidy.

option(FLUX_PRECOMPILED "Parse the headers that everything includes once (clang)" OFF)

set(_headers
    <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <deque> <exception> <filesystem> <fstream>
    <functional> <future> <map> <memory> <mutex> <optional> <set> <span> <sstream> <string> <string_view> <thread>
    <unordered_map> <utility> <variant> <vector> <fmt/format.h> <boost/asio/co_spawn.hpp> <boost/asio/detached.hpp>
    <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/redirect_error.hpp> <boost/asio/steady_timer.hpp>
    <boost/asio/this_coro.hpp> <boost/asio/use_awaitable.hpp> <gmock/gmock.h> <gtest/gtest.h>)

if(FLUX_PRECOMPILED)
    set(_folder ${CMAKE_BINARY_DIR}/precompiled)
    list(TRANSFORM _headers PREPEND "#include " OUTPUT_VARIABLE _includes)
    list(JOIN _includes "\n" _text)
    file(CONFIGURE OUTPUT ${_folder}/headers.h CONTENT "${_text}\n" @ONLY)
    file(CONFIGURE OUTPUT ${_folder}/empty.cc CONTENT "" @ONLY)
    add_library(flux_precompiled OBJECT ${_folder}/empty.cc)
    target_link_libraries(flux_precompiled PRIVATE flux_boost fmt::fmt spdlog::spdlog GTest::gmock)
    target_precompile_headers(flux_precompiled PRIVATE ${_headers})
    # It names its own place, so one clone's is of no use to another: never from the cache.
    set_target_properties(flux_precompiled PROPERTIES CXX_COMPILER_LAUNCHER "")
    target_compile_options(flux_precompiled PRIVATE "SHELL:-Xclang -fno-pch-timestamp")

    # What ccache hashes in its stead: the text of the headers, which is the same in every clone.
    set(_sum ${CMAKE_BINARY_DIR}/CMakeFiles/flux_precompiled.dir/cmake_pch.hxx.pch.sum)
    add_custom_command(
        OUTPUT ${_sum}
        COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -E -P -x c++ headers.h -o headers.ii -MD -MF headers.d -MT ${_sum}
        COMMAND ${CMAKE_COMMAND} -E sha256sum headers.ii > ${_sum}
        DEPENDS ${_folder}/headers.h
        DEPFILE ${_folder}/headers.d
        WORKING_DIRECTORY ${_folder}
        VERBATIM)
    add_custom_target(flux_precompiled_sum DEPENDS ${_sum})
    add_dependencies(flux_precompiled flux_precompiled_sum)
endif()

# What does not link Asio cannot have its headers: they refer to its functions.
function(flux_precompiled target)
    flux_links_asio(${target} asio)
    if(FLUX_PRECOMPILED AND asio)
        # In the form whose path ccache takes relative to the clone; REUSE_FROM has another.
        set(precompiled ${CMAKE_BINARY_DIR}/CMakeFiles/flux_precompiled.dir/cmake_pch.hxx.pch)
        target_compile_options(${target} PRIVATE "SHELL:-include-pch ${precompiled}" "SHELL:-Xclang -fno-pch-timestamp")
        add_dependencies(${target} flux_precompiled)
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
