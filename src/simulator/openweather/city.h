// The cities that the simulated weather knows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flux::simulator {

/// When clocks go forward in summer.
enum class Summer : std::uint8_t { kNever, kEurope, kAmerica, kAustralia };

struct City {
    std::string_view name;     ///< in English
    std::string_view country;  ///< ISO 3166-1 alpha-2
    std::string_view state;    ///< "" where none is given
    double lat = 0;
    double lon = 0;
    int population = 0;      ///< in thousands
    int offset_minutes = 0;  ///< east of UTC, in winter
    Summer summer = Summer::kNever;
    std::string_view local_names = {};  ///< "hi=पुणे;mr=पुणे"

    std::int64_t id() const;  ///< a number of seven digits
};

/// More than two hundred, of every continent; some share a name. By population, largest first.
std::span<const City> Cities();

/// The cities that `name` names in any of their languages, compared without case, accents and
/// blanks around it; of `country` and `state` (a code or a name) unless they are empty. By
/// population. Thread: any.
std::vector<const City*> FindCities(
    std::string_view name, std::string_view state, std::string_view country
);

/// The nearest city within 50 km, or nullptr. Thread: any.
const City* CityNear(double lat, double lon);

/// Small letters without accents, blanks collapsed: how names are compared. Exposed for tests.
std::string FoldedName(std::string_view name);

}  // namespace flux::simulator
