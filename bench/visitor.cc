#include "visitor.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <fmt/format.h>
#include <optional>

namespace flux::bench {
namespace {

constexpr std::array<std::string_view, 4> kRequests{
    "cryptoTopMoversRequest",
    "cryptoTopCoinsRequest",
    "stockTopPerformersRequest",
    "topNewsRequest"};
/// In the order of their bits; the states of the domains and the tickers follow.
constexpr std::array<std::string_view, 5> kCards{
    "session:init",
    "cryptoTopMoversResponse",
    "cryptoTopCoinsResponse",
    "stockTopPerformersResponse",
    "newsUpdate"};
constexpr std::array<std::string_view, 4> kDomains{"weather", "crypto", "stock", "news"};
constexpr std::size_t kFirstDomain = kCards.size();
constexpr std::size_t kFirstProduct = kFirstDomain + kDomains.size();
constexpr std::string_view kTicker = "cryptoTickerResponse";
constexpr std::string_view kAck = "43";
constexpr std::string_view kWeatherHead = "weather.";
constexpr std::string_view kWeatherTail = ".update";

std::int64_t WallMillis() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

char Folded(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string Capitals(std::string text) {
    for (char& letter : text) {
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    }
    return text;
}

/// The first member `name` of `text` that is a text, without its quotes.
std::string_view TextOf(std::string_view text, std::string_view name) {
    const std::string head = fmt::format("\"{}\":\"", name);
    const std::size_t at = text.find(head);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + head.size());
    return text.substr(0, text.find('"'));
}

std::optional<std::int64_t> NumberOf(std::string_view text, std::string_view name) {
    const std::string head = fmt::format("\"{}\":", name);
    const std::size_t at = text.find(head);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + head.size());
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc()) return std::nullopt;
    return value;
}

/// The name in `42["name",...`.
std::string_view EventOf(std::string_view text) {
    constexpr std::string_view kHead = "42[\"";
    if (!text.starts_with(kHead)) return {};
    text.remove_prefix(kHead.size());
    return text.substr(0, text.find('"'));
}

template <class List>
std::size_t PlaceIn(const List& list, std::string_view what) {
    return static_cast<std::size_t>(std::find(list.begin(), list.end(), what) - list.begin());
}

}  // namespace

Visitor::Visitor(
    std::size_t number,
    bool patient,
    const Journey& journey,
    std::mt19937_64& random,
    VisitorTally& tally
)
    : number_(number),
      patient_(patient),
      journey_(journey),
      random_(random),
      tally_(tally),
      due_((std::uint64_t{1} << (kFirstProduct + journey.products.size())) - 1),
      city_(journey.tour > 0 ? 0 : number % journey.cities.size()) {}

void Visitor::OnMessage(std::string_view text, std::int64_t now) {
    if (text.starts_with(kAck)) return OnAck(text);
    const std::string_view name = EventOf(text);
    if (name == kTicker) {
        if (live_) return;  // as most of what comes
        const std::size_t product = PlaceIn(journey_.products, TextOf(text, "product_id"));
        if (product < journey_.products.size()) Heard(kFirstProduct + product);
    } else if (name == "weatherLoading") {
        OnLoading(text);
    } else if (name == "weatherError") {
        OnError(text);
    } else if (name == "serviceStatus") {
        const std::size_t domain = PlaceIn(kDomains, TextOf(text, "domain"));
        if (domain < kDomains.size()) Heard(kFirstDomain + domain);
    } else if (name.starts_with(kWeatherHead) && name.ends_with(kWeatherTail)) {
        OnWeather(
            name.substr(
                kWeatherHead.size(), name.size() - kWeatherHead.size() - kWeatherTail.size()
            ),
            now
        );
    } else {
        OnCard(name, text, now);
    }
    LookWhetherLive(now);
}

void Visitor::OnCard(std::string_view name, std::string_view text, std::int64_t now) {
    const std::size_t card = PlaceIn(kCards, name);
    if (card == kCards.size()) {
        return tally_.Odd(fmt::format("unexpected: {}", text.substr(0, 160)));
    }
    if (card > 0 && text.find(R"("status":"success")") == std::string_view::npos) {
        if (text.find(R"("status":"loading")") == std::string_view::npos) {
            tally_.Odd(fmt::format("refused: {}", text.substr(0, 160)));
        }
        return;
    }
    Heard(card);
    if (card == 0) Begin(now);
}

void Visitor::Begin(std::int64_t now) {
    std::string frames;
    for (const std::string_view request : kRequests)
        FanoutClient::AppendFrame(frames, fmt::format("42[\"{}\"]", request));
    Ask(now, std::move(frames));
}

/// Names its city, behind `frames`.
void Visitor::Ask(std::int64_t now, std::string frames) {
    const City& city = journey_.cities[city_];
    FanoutClient::AppendFrame(
        frames,
        fmt::format(
            R"(42{}["userLocationUpdate",{{"city":"{}","region":"","country":"{}","lat":0,"lon":0,"ip":"203.0.113.24"}}])",
            asks_,
            number_ % 2 == 0 ? city.name : Capitals(city.name),
            city.country
        )
    );
    ++asks_;
    ++tally_.asked;
    asked_at_ = now;
    asked_at_ms_ = WallMillis();
    loading_ = false;
    step_ = Step::kSent;
    if (!client.SendRaw(frames)) tally_.Odd("a location could not be sent");
    std::uniform_int_distribution<std::int64_t> stay(
        journey_.stay_shortest_ns, journey_.stay_longest_ns
    );
    leave_at_ = now + stay(random_);
}

void Visitor::OnAck(std::string_view text) {
    text.remove_prefix(kAck.size());
    if (!text.starts_with(fmt::format("{}[", asks_ - 1))) return;  // of a location before
    if (text.find(R"("status":"success")") == std::string_view::npos) {
        tally_.Odd(fmt::format("location refused: {}", text.substr(0, 160)));
    }
    if (step_ == Step::kSent) step_ = Step::kTaken;
}

/// Whether a message is about where it is. What comes before the acknowledgement is about the city
/// before; nothing about that one may come later.
bool Visitor::IsHere(std::string_view spelled) {
    if (step_ == Step::kSent || step_ == Step::kNowhere) return false;
    const std::string& here = journey_.cities[city_].name;
    const bool same =
        std::equal(here.begin(), here.end(), spelled.begin(), spelled.end(), [](char a, char b) {
            return Folded(a) == Folded(b);
        });
    if (!same) tally_.Odd("weather, or why there is none, of a city that was left");
    return same;
}

void Visitor::OnWeather(std::string_view spelled, std::int64_t now) {
    if (!IsHere(spelled)) return;
    ++tally_.weather;
    if (step_ == Step::kWeather) return;  // newer weather
    if (step_ == Step::kLimited) {
        ++tally_.mended;
    } else {
        ++(loading_ ? tally_.after_loading : tally_.at_once);
        if (returned_) ++tally_.returns_served;
        tally_.weather_us.push_back(static_cast<std::uint32_t>((now - asked_at_) / 1000));
    }
    step_ = Step::kWeather;
    ++cities_seen_;
}

void Visitor::OnLoading(std::string_view text) {
    if (!IsHere(TextOf(text, "city"))) return;
    if (step_ != Step::kTaken || loading_) return tally_.Odd("loading, and it did not wait");
    loading_ = true;
}

void Visitor::OnError(std::string_view text) {
    if (!IsHere(TextOf(text, "city"))) return;
    const auto retry_at = NumberOf(text, "retryAt");
    if (TextOf(text, "error") != "limit" || !retry_at) {
        tally_.Odd(fmt::format("another error: {}", text.substr(0, 200)));
    } else if (*retry_at <= asked_at_ms_) {
        tally_.Odd("limit, and a time to come again that was over when it asked");
    }
    if (step_ == Step::kWeather) return tally_.Odd("an error to who had weather");
    retry_at_ms_ = retry_at.value_or(0);
    if (step_ == Step::kLimited) return;  // the room was told once more
    if (!loading_) tally_.Odd("an error without loading before it");
    ++tally_.limited;
    step_ = Step::kLimited;
}

void Visitor::Look(std::int64_t now) {
    if (waits() || step_ == Step::kNowhere) return;
    if (patient_ && step_ == Step::kLimited) {
        if (WallMillis() < retry_at_ms_) return;
        ++tally_.returns;
        returned_ = true;
        return Ask(now);
    }
    if (now >= leave_at_) MoveOn(now);
}

void Visitor::MoveOn(std::int64_t now) {
    const std::size_t count = journey_.cities.size();
    if (journey_.tour > 0) {
        if (at_end()) return;
        ++city_;
    } else {
        // To any city but this one.
        city_ = (city_ + 1 + random_() % (count - 1)) % count;
    }
    returned_ = false;
    Ask(now);
}

void Visitor::LookWhetherLive(std::int64_t now) {
    if (live_ || due_ != 0 || waits() || step_ == Step::kNowhere) return;
    live_ = true;
    tally_.live_us.push_back(static_cast<std::uint32_t>((now - began_) / 1000));
}

void Visitor::CountMissing(std::map<std::string, std::uint64_t>& missing) const {
    const auto count = [&](std::size_t bit, std::string_view name) {
        if ((due_ >> bit & 1) != 0) ++missing[std::string(name)];
    };
    for (std::size_t i = 0; i < kCards.size(); ++i)
        count(i, kCards[i]);
    for (std::size_t i = 0; i < kDomains.size(); ++i)
        count(kFirstDomain + i, fmt::format("serviceStatus of {}", kDomains[i]));
    for (std::size_t i = 0; i < journey_.products.size(); ++i)
        count(kFirstProduct + i, fmt::format("{} of {}", kTicker, journey_.products[i]));
    if (waits() || step_ == Step::kNowhere) ++missing["its weather, or why there is none"];
}

}  // namespace flux::bench
