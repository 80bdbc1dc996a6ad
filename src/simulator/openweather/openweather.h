// The simulated OpenWeatherMap.
#pragma once

#include "simulator/openweather/city.h"
#include "simulator/source.h"

#include <optional>
#include <string>

namespace flux::simulator {

/// GET /geo/1.0/direct, /data/2.5/weather, /data/2.5/forecast, /data/2.5/air_pollution, with the
/// key in `appid`. Free plan: 60 calls a minute, a million a month.
class OpenWeather final : public Source {
public:
    explicit OpenWeather(const World& world);

private:
    /// Where a request asks about.
    struct Place {
        double lat = 0;
        double lon = 0;
        const City* city = nullptr;  ///< the nearest, or nullptr
    };
    Answer Refusal(int status, std::optional<int> retry_after) override;
    std::optional<Answer> Admit(const Ask& ask) override;
    Answer Serve(const Ask& ask) override;
    void Finish(const Ask& ask, Answer& answer) override;
    const BodyShape& shape() const override;

    Answer Geocode(const Ask& ask) const;
    Answer Current(const Ask& ask, const Place& place) const;
    Answer Forecast(const Ask& ask, const Place& place) const;
    Answer AirPollution(const Ask& ask, const Place& place) const;
};

}  // namespace flux::simulator
