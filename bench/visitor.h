// One visitor of the platform, as far as the wire goes: what its page asks, where it says it is,
// and whether it hears what it is due.
#pragma once

#include "fanout_client.h"
#include "visitor_tally.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>

namespace flux::bench {

/// Asks for everything after `session:init` and names a city. Then it travels: it stays in a city
/// until it has heard of its weather, and a while longer, and moves on. A patient one that is told
/// `limit` stays, and asks again at the time it was told. What comes behind the acknowledgement of
/// a location is judged by that location. Thread: the load's own.
class Visitor {
public:
    /// References outlive it. `number` decides where it begins, and its spelling: every other one
    /// writes capitals.
    Visitor(
        std::size_t number,
        bool patient,
        const Journey& journey,
        std::mt19937_64& random,
        VisitorTally& tally
    );

    /// It begins to connect.
    void Began(std::int64_t now) { began_ = now; }

    void OnMessage(std::string_view text, std::int64_t now);

    /// Moves on, or asks again, when it is time.
    void Look(std::int64_t now);

    /// It has heard everything that is due, and what became of its first city.
    bool live() const { return live_; }
    /// It has asked, and has heard neither weather nor why there is none.
    bool waits() const { return step_ == Step::kSent || step_ == Step::kTaken; }
    /// It has the weather of the city it is in.
    bool has_weather() const { return step_ == Step::kWeather; }
    /// It has the weather of the last city of its tour.
    bool at_end() const { return has_weather() && cities_seen_ >= journey_.tour; }

    /// Adds what is due and was not heard, by name.
    void CountMissing(std::map<std::string, std::uint64_t>& missing) const;

    FanoutClient client;

private:
    enum class Step : std::uint8_t {
        kNowhere,
        kSent,   // a location
        kTaken,  // it was acknowledged
        kWeather,
        kLimited
    };

    void Begin(std::int64_t now);
    void MoveOn(std::int64_t now);
    void Ask(std::int64_t now, std::string frames = {});
    void OnAck(std::string_view text);
    void OnWeather(std::string_view spelled, std::int64_t now);
    void OnLoading(std::string_view text);
    void OnError(std::string_view text);
    void OnCard(std::string_view name, std::string_view text, std::int64_t now);
    bool IsHere(std::string_view spelled);
    void Heard(std::size_t bit) { due_ &= ~(std::uint64_t{1} << bit); }
    void LookWhetherLive(std::int64_t now);

    const std::size_t number_;
    const bool patient_;
    const Journey& journey_;
    std::mt19937_64& random_;
    VisitorTally& tally_;

    std::uint64_t due_;  // a bit for each thing that was not heard yet
    std::int64_t began_ = 0;
    bool live_ = false;

    std::size_t city_;
    std::size_t cities_seen_ = 0;
    std::uint64_t asks_ = 0;
    Step step_ = Step::kNowhere;
    bool loading_ = false;   // was heard for this location
    bool returned_ = false;  // this location is one it was told to name again
    std::int64_t asked_at_ = 0;
    std::int64_t leave_at_ = 0;
    std::int64_t asked_at_ms_ = 0;  // of the wall clock
    std::int64_t retry_at_ms_ = 0;
};

}  // namespace flux::bench
