# A room is one folder of src/ and one static library, heartbeat_<room>. The arrows between rooms are
# the DEPENDS of these calls; script/check-arrows holds the includes to them.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# Warnings, standard and hardening of our own code; linked PRIVATE by every target of ours.
# tests/hardening_test.py reads from the built programs whether the hardening is in them.
add_library(heartbeat_flags INTERFACE)
target_compile_features(heartbeat_flags INTERFACE cxx_std_23)
# GCC 12 sees overlaps that are not there in inlined std::string concatenation (GCC bug 105651), and
# clang sees that libstdc++ 12's own stable_partition uses what libstdc++ 12 deprecates.
target_compile_options(
  heartbeat_flags
  INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Werror
            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
            $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations> -fstack-protector-strong
            -fstack-clash-protection -fPIE)
target_compile_definitions(
  heartbeat_flags INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=3>
                            HEARTBEAT_VERSION="${PROJECT_VERSION}")
target_link_options(
  heartbeat_flags INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code)
# Only calls and returns to where the compiler meant them, where the processor can check it.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  target_compile_options(heartbeat_flags INTERFACE -fcf-protection=full)
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  target_compile_options(heartbeat_flags INTERFACE -mbranch-protection=standard)
endif()
if(HEARTBEAT_SANITIZE)
  # What libstdc++ asserts of its callers, which no sanitizer sees inside of a container's capacity.
  target_compile_definitions(heartbeat_flags INTERFACE _GLIBCXX_ASSERTIONS)
  # Without -fno-sanitize-recover, undefined behaviour is printed and the test passes.
  target_compile_options(
    heartbeat_flags INTERFACE -fsanitize=${HEARTBEAT_SANITIZE} -fno-sanitize-recover=all
                              -fno-omit-frame-pointer)
  target_link_options(heartbeat_flags INTERFACE -fsanitize=${HEARTBEAT_SANITIZE})
endif()
if(HEARTBEAT_BUILD_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "libFuzzer comes with clang: use `cmake --preset fuzz`.")
  endif()
  # Coverage of the rooms is what guides the fuzzer.
  target_compile_options(heartbeat_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# heartbeat_room(NAME SOURCES... [DEPENDS rooms...] [PUBLIC libs...] [PRIVATE libs...] [TESTS files...]
#                [TEST_LIBS libs...])
# Rooms in DEPENDS and libraries in PUBLIC are seen by whoever includes this room's headers.
function(heartbeat_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS;PUBLIC;PRIVATE;TESTS;TEST_LIBS" ${ARGN})
  set(target heartbeat_${name})
  add_library(${target} STATIC ${ROOM_SOURCES})
  add_library(heartbeat::${name} ALIAS ${target})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM ROOM_DEPENDS PREPEND heartbeat::)
  target_link_libraries(
    ${target}
    PUBLIC ${ROOM_DEPENDS} ${ROOM_PUBLIC}
    PRIVATE ${ROOM_PRIVATE} heartbeat_flags Threads::Threads)
  if(HEARTBEAT_BUILD_TESTS AND ROOM_TESTS)
    add_executable(${target}_test ${ROOM_TESTS})
    target_link_libraries(
      ${target}_test PRIVATE ${target} ${ROOM_PRIVATE} ${ROOM_TEST_LIBS} heartbeat_flags
                             GTest::gmock GTest::gtest_main)
    target_compile_definitions(${target}_test
                               PRIVATE HEARTBEAT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    gtest_discover_tests(
      ${target}_test
      TEST_PREFIX ${name}.
      DISCOVERY_TIMEOUT 60
      PROPERTIES TIMEOUT 300)
  endif()
endfunction()
