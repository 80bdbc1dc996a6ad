// The cities that wait for an answer of the source, and who asked.
#pragma once

#include "contract/location.h"
#include "feeds/weather/pending_batch.h"

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace flux::feeds {

/// One city and all who want it: many commands, one chain of calls.
struct CityAsk {
    contract::Location place;                 ///< as the first asker named it
    std::optional<std::string> country_code;  ///< of its country
    /// Who asked, by the spelling of the city; nobody: it is asked for again because the source
    /// gave nothing before.
    std::map<std::string, std::set<std::string>> askers;
    std::vector<std::shared_ptr<PendingBatch>> batches;
};

/// Keyed by city and country. Bounded: limits::kWeatherAsksMax cities, each with
/// limits::kWeatherAskersMax askers. Thread: one at a time.
class CityAsks {
public:
    enum class Joined : std::uint8_t { kFirst, kJoined, kRefused };

    /// Adds `asker` (nothing: nobody) to the question after `key`, which begins with the first. A
    /// question that takes them is expected by `batch`.
    Joined Join(
        const std::string& key,
        const contract::Location& place,
        const std::optional<std::string>& country_code,
        std::optional<std::string> asker,
        const std::shared_ptr<PendingBatch>& batch
    );

    /// The next to be asked, in the order they came; it is still open to others. nullptr: none.
    const std::string* Next();

    /// nullptr when nobody asks. Good until Take.
    const CityAsk* Find(const std::string& key) const;

    /// Ends a question: whoever comes now begins a new one.
    CityAsk Take(const std::string& key);

    std::size_t size() const { return asks_.size(); }

private:
    std::map<std::string, CityAsk> asks_;
    std::deque<const std::string*> waiting_;  // keys of asks_ that have not begun
};

}  // namespace flux::feeds
