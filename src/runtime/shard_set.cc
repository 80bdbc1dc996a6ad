#include "runtime/shard_set.h"

#include "base/assert.h"
#include "limits/limits.h"

#include <fmt/format.h>
#include <functional>
#include <latch>
#include <pthread.h>

namespace flux {

ShardSet::ShardSet(std::size_t count, const Clock& clock) {
    FLUX_ASSERT(count >= 1 && count <= limits::kShardsMax);
    for (std::size_t i = 0; i < count; ++i) {
        shards_.push_back(std::make_unique<Shard>(ShardId(static_cast<std::uint16_t>(i)), clock));
    }
}

ShardSet::~ShardSet() {
    Stop();
}

void ShardSet::Start() {
    FLUX_ASSERT(threads_.empty());
    for (const auto& shard : shards_) {
        threads_.emplace_back([&shard = *shard] {
            ::pthread_setname_np(
                ::pthread_self(), fmt::format("shard-{}", shard.id().value()).c_str()
            );
            shard.Run();
        });
    }
}

void ShardSet::OnEachShard(const std::function<void(Shard&)>& work) {
    FLUX_ASSERT(Shard::Current() == nullptr);
    FLUX_ASSERT(!threads_.empty());  // nobody would open the letters: the wait would never end
    std::latch done(static_cast<std::ptrdiff_t>(shards_.size()));
    for (const auto& shard : shards_) {
        shard->PostReserved([&work, &shard = *shard, &done] {
            work(shard);
            done.count_down();
        });
    }
    done.wait();
}

void ShardSet::Stop() {
    for (const auto& shard : shards_)
        shard->Stop();
    for (std::thread& thread : threads_)
        thread.join();
    threads_.clear();
}

}  // namespace flux
