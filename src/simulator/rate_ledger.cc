#include "simulator/rate_ledger.h"

#include "limits/limits.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <utility>

namespace flux::simulator {
namespace {

constexpr Milliseconds kEarly{100};

}  // namespace

std::uint64_t RateWindow::Used(const RateRule& rule, SteadyTime now) {
    const SteadyTime oldest = now - rule.per + kEarly;
    if (!sliding(rule)) return began_ > oldest ? count_ : 0;
    while (!calls_.empty() && calls_.front() <= oldest)
        calls_.pop_front();
    return calls_.size();
}

void RateWindow::Add(const RateRule& rule, SteadyTime now) {
    if (sliding(rule)) {
        if (calls_.size() >= limits::kSimulatorCallsMax) calls_.pop_front();
        calls_.push_back(now);
        return;
    }
    if (Used(rule, now) == 0) {
        began_ = now;
        count_ = 0;
    }
    ++count_;
}

SteadyTime RateWindow::FreeAt(const RateRule& rule, SteadyTime now) {
    if (Used(rule, now) == 0) return now;
    return (sliding(rule) ? calls_.front() : began_) + rule.per;
}

RateLedger::RateLedger(const Clock& clock, const std::vector<RateRule>& rules, bool refused_count)
    : clock_(clock),
      refused_count_(refused_count) {
    for (const RateRule& rule : rules)
        limits_.push_back({rule, rule.most});
}

RateLedger::Account& RateLedger::Find(std::string_view account) {
    auto found = accounts_.find(account);
    if (found == accounts_.end()) {
        if (accounts_.size() >= limits::kSimulatorAccountsMax) {
            accounts_.erase(std::min_element(
                accounts_.begin(),
                accounts_.end(),
                [](const auto& a, const auto& b) { return a.second.seen < b.second.seen; }
            ));
        }
        found = accounts_.emplace(std::string(account), Account()).first;
        found->second.windows.resize(limits_.size());
        found->second.vendor_windows.resize(limits_.size());
    }
    found->second.seen = clock_.Now();
    return found->second;
}

std::optional<RateLedger::Refusal> RateLedger::Take(std::string_view account_name) {
    const SteadyTime now = clock_.Now();
    Account& account = Find(account_name);
    std::optional<Refusal> refusal;
    for (std::size_t i = 0; i < limits_.size(); ++i) {
        Limit& limit = limits_[i];
        if (!account_name.starts_with(limit.rule.accounts)) continue;
        RateWindow& window = account.windows[i];
        if (limit.rule.most != 0 && window.Used(limit.rule, now) >= limit.rule.most) {
            ++limit.refused;
            const auto wait = std::chrono::ceil<Milliseconds>(window.FreeAt(limit.rule, now) - now);
            if (!refusal || wait > refusal->wait) refusal = Refusal{limit.rule.name, wait};
        }
        RateWindow& vendor = account.vendor_windows[i];
        if (limit.vendor_most != 0 && vendor.Used(limit.rule, now) >= limit.vendor_most) {
            ++limit.vendor_would_refuse;
        } else {
            vendor.Add(limit.rule, now);
        }
    }
    for (std::size_t i = 0; i < limits_.size(); ++i) {
        const bool counts = account_name.starts_with(limits_[i].rule.accounts);
        if (counts && (!refusal || refused_count_)) account.windows[i].Add(limits_[i].rule, now);
    }
    return refusal;
}

RateLedger::Rest RateLedger::RestOf(std::string_view account_name, std::string_view rule) {
    const SteadyTime now = clock_.Now();
    Account& account = Find(account_name);
    Rest rest;
    for (std::size_t i = 0; i < limits_.size(); ++i) {
        if (limits_[i].rule.name != rule) continue;
        const std::uint64_t used = account.windows[i].Used(limits_[i].rule, now);
        rest.most = limits_[i].rule.most;
        rest.left = used < rest.most ? rest.most - used : 0;
        rest.until_free =
            std::chrono::ceil<Milliseconds>(account.windows[i].FreeAt(limits_[i].rule, now) - now);
    }
    return rest;
}

Result<void> RateLedger::SetMost(std::string_view rule, std::uint64_t most) {
    std::string names;
    for (Limit& limit : limits_) {
        names += (names.empty() ? "" : ", ") + std::string(limit.rule.name);
        if (limit.rule.name != rule) continue;
        if (RateWindow().sliding(limit.rule) && most > limits::kSimulatorCallsMax) {
            return Error(
                ErrorCode::kBadInput,
                Retry::kNever,
                fmt::format("\"most\" goes up to {} (0: no limit)", limits::kSimulatorCallsMax)
            );
        }
        limit.rule.most = most;
        return {};
    }
    if (names.empty()) names = "none";
    return Error(
        ErrorCode::kNotFound,
        Retry::kNever,
        fmt::format("no such rule of this source; it has: {}", names)
    );
}

void RateLedger::Append(JsonText& json) const {
    json.Open('[');
    for (const Limit& limit : limits_) {
        json.Open('{').Text("rule", limit.rule.name);
        json.Number("seconds", static_cast<double>(limit.rule.per.count()) / 1000, 3);
        json.Integer("most", static_cast<std::int64_t>(limit.rule.most));
        json.Integer("vendor", static_cast<std::int64_t>(limit.vendor_most));
        json.Integer("refused", static_cast<std::int64_t>(limit.refused));
        json.Integer("vendor_would_refuse", static_cast<std::int64_t>(limit.vendor_would_refuse));
        json.Close();
    }
    json.Close();
}

}  // namespace flux::simulator
