#include "runtime/patience.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/random.h"
#include "runtime/backoff.h"
#include "runtime/shard.h"
#include "runtime/task_group.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace flux {
namespace {

constexpr Milliseconds kFirstTry{200};
constexpr Milliseconds kLongestTry{5'000};
constexpr Milliseconds kAskIfAbandoned{50};

}  // namespace

Patience::Patience(SteadyTime until, std::function<bool()> abandoned)
    : until_(until),
      abandoned_(std::move(abandoned)) {
    FLUX_ASSERT(abandoned_ != nullptr);
}

Task<Result<void>> Patience::Try(std::string what, std::function<Task<Result<void>>()> attempt)
    const {
    const Clock& clock = Shard::Current()->clock();
    Random random(SecureRandomSeed());
    Backoff backoff(kFirstTry, kLongestTry, random);
    for (;;) {
        Result<void> done = co_await attempt();
        if (done || done.error().retry != Retry::kLater) co_return done;
        const SteadyTime next_try = clock.Now() + backoff.Next();
        if (next_try > until_) co_return done;
        log::Warn(
            "start.waiting",
            "something cannot be done yet; trying again",
            {{"what", what}, {"error", done.error().context}}
        );
        for (SteadyTime now = clock.Now(); now < next_try; now = clock.Now()) {
            if (abandoned_())
                co_return Error(ErrorCode::kClosed, Retry::kNever, "stopped while starting");
            const auto left = std::chrono::ceil<Milliseconds>(next_try - now);
            co_await SleepFor(std::min(left, kAskIfAbandoned));
        }
    }
}

}  // namespace flux
