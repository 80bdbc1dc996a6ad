#include "feeds/upstream/fleet_lease.h"

#include "base/rank.h"

#include <fmt/format.h>
#include <utility>

namespace flux::feeds {
namespace {

constexpr Milliseconds kAnswerMax{500};  // of the cache; then it counts as away
constexpr std::uint64_t kFree = 0;
constexpr const char* kTaken = "taken";

}  // namespace

FleetLease::FleetLease(cache::Cache* cache, std::string key)
    : cache_(cache),
      key_(std::move(key)) {}

FleetLease::FleetLease(FleetLease&& other) noexcept
    : cache_(std::exchange(other.cache_, nullptr)),
      key_(std::move(other.key_)) {}

FleetLease& FleetLease::operator=(FleetLease&& other) noexcept {
    if (this == &other) return *this;
    GiveBack();
    cache_ = std::exchange(other.cache_, nullptr);
    key_ = std::move(other.key_);
    return *this;
}

FleetLease::~FleetLease() {
    GiveBack();
}

void FleetLease::GiveBack() {
    if (cache_ != nullptr) cache_->Delete(key_);
    cache_ = nullptr;
}

Task<std::optional<FleetLease>> FleetLease::TryTake(
    cache::Cache* cache, std::string what, std::chrono::seconds ttl
) {
    if (cache == nullptr) co_return FleetLease(nullptr, "");
    std::string key = fmt::format("lease:{}", what);
    // Does nothing where somebody has taken it: a taken value has the higher rank.
    cache->SetRanked(key, EncodeRank(kFree), ttl, {});
    const std::optional<std::string> found = co_await cache->Take(key, kTaken, ttl, kAnswerMax);
    if (!found) co_return FleetLease(nullptr, "");
    if (RankOf(*found) != kFree) co_return std::nullopt;
    co_return FleetLease(cache, std::move(key));
}

}  // namespace flux::feeds
