# heartbeat_dnnl: oneDNN with its OpenMP runtime, for the rooms that compute with it. Debian's
# dnnl-config.cmake asks for OpenCL's headers, which the CPU engine does not need: hence find_library.
include_guard(GLOBAL)
find_library(HEARTBEAT_DNNL dnnl REQUIRED)
find_path(HEARTBEAT_DNNL_INCLUDE oneapi/dnnl/dnnl.hpp REQUIRED)

add_library(heartbeat_dnnl INTERFACE)
target_include_directories(heartbeat_dnnl SYSTEM INTERFACE ${HEARTBEAT_DNNL_INCLUDE})
# gomp is the OpenMP runtime that Debian's oneDNN was built with, whichever compiler builds us.
target_link_libraries(heartbeat_dnnl INTERFACE ${HEARTBEAT_DNNL} gomp)
