# flux_module(NAME SOURCES a.cc b.cc [TESTS a_test.cc] [DEPENDS other_folders] [LINK external_targets]
#             [TEST_DEPENDS folders] [TEST_LINK external_targets] [LABELS unit])
#
# One folder of src/ = one static library flux_NAME and, with FLUX_TESTS, one test program NAME_test whose cases are
# registered with ctest under the label `unit` (or LABELS).
function(flux_module name)
    cmake_parse_arguments(M "" "" "SOURCES;TESTS;DEPENDS;LINK;TEST_DEPENDS;TEST_LINK;LABELS" ${ARGN})
    list(TRANSFORM M_DEPENDS PREPEND flux_)
    list(TRANSFORM M_TEST_DEPENDS PREPEND flux_)
    if(M_SOURCES)
        add_library(flux_${name} STATIC ${M_SOURCES})
        target_include_directories(flux_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
        target_link_libraries(flux_${name} PUBLIC ${M_DEPENDS} ${M_LINK})
        flux_precompiled(flux_${name})
    else()
        add_library(flux_${name} INTERFACE)
        target_include_directories(flux_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
        target_link_libraries(flux_${name} INTERFACE ${M_DEPENDS} ${M_LINK})
    endif()
    if(FLUX_TESTS AND M_TESTS)
        add_executable(${name}_test ${M_TESTS})
        target_link_libraries(
            ${name}_test PRIVATE flux_${name} ${M_TEST_DEPENDS} ${M_TEST_LINK} GTest::gmock GTest::gtest_main)
        flux_precompiled(${name}_test TESTS)
        if(NOT M_LABELS)
            set(M_LABELS unit)
        endif()
        gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
                             PROPERTIES LABELS "${M_LABELS}" TIMEOUT 120)
    endif()
endfunction()
