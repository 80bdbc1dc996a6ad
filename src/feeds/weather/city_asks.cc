#include "feeds/weather/city_asks.h"

#include "base/assert.h"
#include "limits/limits.h"

namespace flux::feeds {
namespace {

std::size_t AskersOf(const CityAsk& ask) {
    std::size_t count = 0;
    for (const auto& [spelling, repliers] : ask.askers)
        count += repliers.size() + 1;
    return count;
}

}  // namespace

CityAsks::Joined CityAsks::Join(
    const std::string& key,
    const contract::Location& place,
    const std::optional<std::string>& country_code,
    std::optional<std::string> asker,
    const std::shared_ptr<PendingBatch>& batch
) {
    auto found = asks_.find(key);
    const bool first = found == asks_.end();
    if (first) {
        if (asks_.size() >= limits::kWeatherAsksMax) return Joined::kRefused;
        found = asks_.try_emplace(key).first;
        found->second.place = place;
        found->second.country_code = country_code;
        waiting_.push_back(&found->first);
    } else if (AskersOf(found->second) >= limits::kWeatherAskersMax) {
        return Joined::kRefused;
    }
    CityAsk& ask = found->second;
    if (asker) ask.askers[place.city].insert(*std::move(asker));
    if (ask.batches.empty() || ask.batches.back() != batch) {
        batch->Expect();
        ask.batches.push_back(batch);
    }
    return first ? Joined::kFirst : Joined::kJoined;
}

const std::string* CityAsks::Next() {
    if (waiting_.empty()) return nullptr;
    const std::string* const key = waiting_.front();
    waiting_.pop_front();
    return key;
}

const CityAsk* CityAsks::Find(const std::string& key) const {
    const auto found = asks_.find(key);
    return found == asks_.end() ? nullptr : &found->second;
}

CityAsk CityAsks::Take(const std::string& key) {
    const auto found = asks_.find(key);
    FLUX_ASSERT(found != asks_.end());
    CityAsk ask = std::move(found->second);
    asks_.erase(found);
    return ask;
}

}  // namespace flux::feeds
