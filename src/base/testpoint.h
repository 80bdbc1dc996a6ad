// Named points at which a test can hold a process, to let a fault land exactly there.
#pragma once

#if defined(FLUX_TESTPOINTS)

#include <string_view>

namespace flux::testpoint {

/// Whether a harness can hold this process: the environment variable TESTPOINTS names its folder.
bool Enabled();

/// Says that the calling thread has reached the point `name`, and holds it there until the harness
/// lets it go, ends, or thirty seconds have passed. A harness arms a point by making a FIFO called
/// @NAME in its folder and keeping it open; whoever renames it to @NAME.PID.reached is the one it
/// holds. Returns at once when the point is not armed. Thread: any; blocks it. Errors: none; a
/// harness that is gone holds nobody.
void Reach(std::string_view name);

}  // namespace flux::testpoint

/// A place where a process can be held. Nothing at all unless built with FLUX_TESTPOINTS, which
/// releases are not.
#define FLUX_TESTPOINT(name)                                                  \
    do {                                                                      \
        if (::flux::testpoint::Enabled()) ::flux::testpoint::Reach("@" name); \
    } while (false)

#else

#define FLUX_TESTPOINT(name) static_cast<void>(0)

#endif
