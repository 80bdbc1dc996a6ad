#include "simulator/call_log.h"

#include "limits/limits.h"
#include "simulator/wall_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <string>

namespace flux::simulator {
namespace {

constexpr std::size_t kMinutesKept = 60;
constexpr std::size_t kRequestsKept = 64;
constexpr std::size_t kEndpointsKept = 32;
constexpr std::int64_t kMinuteMillis = 60'000;
constexpr std::string_view kInsteadOfKey = "(key)";

bool SameName(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) ==
               std::tolower(static_cast<unsigned char>(y));
    });
}

bool HoldsKey(std::string_view name) {
    constexpr std::array<std::string_view, 11> kNames{
        "appid",
        "token",
        "apikey",
        "key",
        "x_cg_demo_api_key",
        "x_cg_pro_api_key",
        "x-cg-demo-api-key",
        "x-cg-pro-api-key",
        "x-finnhub-token",
        "x-access-key",
        "authorization"};
    return std::any_of(kNames.begin(), kNames.end(), [name](std::string_view known) {
        return SameName(name, known);
    });
}

/// `query` with "(key)" for the value of each parameter that holds one.
std::string WithoutKeys(std::string_view query) {
    std::string out;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        const std::size_t equals = pair.find('=');
        if (!out.empty()) out += '&';
        const bool hidden = equals != std::string_view::npos && equals + 1 < pair.size() &&
                            HoldsKey(pair.substr(0, equals));
        out += hidden ? pair.substr(0, equals + 1) : pair;
        if (hidden) out += kInsteadOfKey;
    }
    return out;
}

std::string Describe(const net::HttpRequest& request, WallMillis now) {
    JsonText json;
    json.Open('{').Text("at", IsoText(now)).Text("method", request.method_text);
    json.Text("path", request.path).Text("query", WithoutKeys(request.query));
    json.Open("headers", '[');
    for (const auto& [name, value] : request.headers) {
        json.Open('[').Text(name);
        json.Text(HoldsKey(name) && !value.empty() ? kInsteadOfKey : value).Close();
    }
    json.Close().Close();
    return json.Take();
}

}  // namespace

void CallLog::CountMinute(SteadyTime now) {
    const std::int64_t number = clock_.WallNow() / kMinuteMillis;
    if (minutes_.empty() || minutes_.back().number != number) {
        minutes_.push_back({number, 0, 0});
        if (minutes_.size() > kMinutesKept) minutes_.pop_front();
    }
    ++minutes_.back().calls;
    while (!last_minute_.empty() && now - last_minute_.front() >= std::chrono::minutes(1))
        last_minute_.pop_front();
    if (last_minute_.size() < limits::kSimulatorCallsMax) last_minute_.push_back(now);
    busiest_minute_ = std::max<std::uint64_t>(busiest_minute_, last_minute_.size());
}

void CallLog::Add(const net::HttpRequest& request, std::string_view endpoint) {
    calls_.Add();
    CountMinute(clock_.Now());
    auto found = endpoints_.find(endpoint);
    if (found == endpoints_.end()) {
        const bool room = endpoints_.size() + 1 < kEndpointsKept;
        found = endpoints_.try_emplace(room ? std::string(endpoint) : "others", 0).first;
    }
    ++found->second;
    requests_.push_back(Describe(request, clock_.WallNow()));
    if (requests_.size() > kRequestsKept) requests_.pop_front();
}

void CallLog::Answered(int status) {
    ++statuses_[status];
    if (status != 429) return;
    refused_.Add();
    if (!minutes_.empty()) ++minutes_.back().refused;
}

void CallLog::Append(JsonText& json) const {
    json.Integer("calls", static_cast<std::int64_t>(calls_.value()));
    json.Integer("refused", static_cast<std::int64_t>(refused_.value()));
    json.Integer("faulted", static_cast<std::int64_t>(faulted_.value()));
    json.Integer("busiest_minute", static_cast<std::int64_t>(busiest_minute_));
    json.Open("statuses", '{');
    for (const auto& [status, count] : statuses_)
        json.Integer(
            status == 0 ? "none" : std::to_string(status), static_cast<std::int64_t>(count)
        );
    json.Close().Open("endpoints", '[');
    for (const auto& [endpoint, count] : endpoints_)
        json.Open('{')
            .Text("path", endpoint)
            .Integer("calls", static_cast<std::int64_t>(count))
            .Close();
    json.Close().Open("minutes", '[');
    for (const Minute& minute : minutes_) {
        json.Open('{').Text("minute", DateTimeText(minute.number * kMinuteMillis));
        json.Integer("calls", static_cast<std::int64_t>(minute.calls));
        json.Integer("refused", static_cast<std::int64_t>(minute.refused)).Close();
    }
    json.Close();
}

std::string CallLog::RequestsJson() const {
    JsonText json;
    json.Open('[');
    for (const std::string& request : requests_)
        json.Raw(request);
    return json.Close().Take();
}

}  // namespace flux::simulator
