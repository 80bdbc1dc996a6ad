#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace flux {

void AssertionFailed(const char* condition, const char* detail, const char* file, int line) {
    std::fprintf(stderr, "flux: assertion failed at %s:%d: %s %s\n", file, line, condition, detail);
    std::fflush(stderr);
    std::abort();
}

}  // namespace flux
