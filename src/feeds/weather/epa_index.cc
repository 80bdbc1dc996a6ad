#include "feeds/weather/epa_index.h"

#include <array>
#include <cmath>

namespace flux::feeds {

int UsEpaIndex(double pm2_5) {
    // The last value of each category; a concentration is cut to one decimal first.
    constexpr std::array<double, 5> kLast{9.0, 35.4, 55.4, 125.4, 225.4};
    const double cut = std::floor(pm2_5 * 10 + 1e-9) / 10;
    int index = 1;
    for (const double last : kLast) {
        if (cut > last) ++index;
    }
    return index;
}

}  // namespace flux::feeds
