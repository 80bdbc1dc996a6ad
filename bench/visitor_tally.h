// What the visitors of one run are to see, and what they have heard together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace flux::bench {

struct City {
    std::string name;     ///< ASCII
    std::string country;  ///< ISO 3166-1 alpha-2
};

struct Journey {
    std::vector<City> cities;
    std::vector<std::string> products;  ///< whose tickers are due; at most 32
    std::int64_t stay_shortest_ns = 0;  ///< in one city
    std::int64_t stay_longest_ns = 0;
    std::size_t tour = 0;  ///< sees the first so many cities in order, and stays; 0: at random
};

/// Counts over all visitors. Thread: the load's own.
struct VisitorTally {
    std::uint64_t asked = 0;                   ///< locations that were sent
    std::uint64_t weather = 0;                 ///< weather events of the city one is in
    std::uint64_t at_once = 0;                 ///< locations answered with weather that was there
    std::uint64_t after_loading = 0;           ///< with `loading`, then weather
    std::uint64_t limited = 0;                 ///< with `loading`, then `limit` and a `retryAt`
    std::uint64_t mended = 0;                  ///< of them, those that had weather later, by itself
    std::uint64_t returns = 0;                 ///< locations named again at their `retryAt`
    std::uint64_t returns_served = 0;          ///< of them, those that then had weather
    std::map<std::string, std::uint64_t> odd;  ///< what must not be, in words
    std::vector<std::uint32_t> weather_us;     ///< from a location to its weather
    std::vector<std::uint32_t> live_us;        ///< from connecting to everything that is due

    void Odd(std::string_view what) { ++odd[std::string(what)]; }
};

/// The value at `share` of `values`, which it sorts, in milliseconds; 0 when there are none.
double PercentileMs(std::vector<std::uint32_t>& values, double share);

/// Counts by name as a JSON object.
std::string CountsJson(const std::map<std::string, std::uint64_t>& counts);

}  // namespace flux::bench
