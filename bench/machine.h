// What load generators ask the machine: the time, the work of another process, open files.
#pragma once

#include <cstdint>

namespace flux::bench {

/// Nanoseconds of the monotonic clock.
std::int64_t NowNs();

/// CPU seconds of another process so far, to the nanosecond; 0 when there is none.
double ProcessCpuSeconds(int pid);

/// Allows as many open files as the machine does: a client is one.
void RaiseDescriptorLimit();

}  // namespace flux::bench
