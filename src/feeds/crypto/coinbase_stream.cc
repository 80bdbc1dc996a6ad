#include "feeds/crypto/coinbase_stream.h"

#include "base/log.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace flux::feeds {

CoinbaseStream::CoinbaseStream(
    Shard& shard,
    const CryptoOptions& options,
    net::Url url,
    std::shared_ptr<const net::TlsTrust> trust,
    Random& random,
    TickCoalescer& coalescer,
    CryptoStats& stats
)
    : connects_(shard.clock(), options.connects_per_second, options.connects_burst),
      shared_{
          .options = options,
          .url = std::move(url),
          .trust = std::move(trust),
          .clock = shard.clock(),
          .connects = connects_,
          .random = random,
          .coalescer = coalescer,
          .stats = stats},
      tasks_(shard),
      following_tasks_(shard) {
    const auto& products = options.products;
    for (std::size_t first = 0; first < products.size(); first += options.products_per_connection) {
        const std::size_t end = std::min(first + options.products_per_connection, products.size());
        std::vector<std::string> part(
            products.begin() + static_cast<std::ptrdiff_t>(first),
            products.begin() + static_cast<std::ptrdiff_t>(end)
        );
        connections_.push_back(
            std::make_unique<CoinbaseConnection>(shared_, connections_.size(), std::move(part))
        );
    }
}

void CoinbaseStream::Start() {
    for (const auto& connection : connections_)
        tasks_.Spawn("crypto.connection", connection->Run());
}

void CoinbaseStream::Follow(std::vector<std::string> products) {
    const auto& configured = shared_.options.products;
    std::erase_if(products, [&](const std::string& product) {
        return std::find(configured.begin(), configured.end(), product) != configured.end();
    });
    std::sort(products.begin(), products.end());
    products.erase(std::unique(products.begin(), products.end()), products.end());
    wanted_ = std::move(products);
    if (shared_.stopping || changing_ || wanted_ == followed_) return;
    changing_ = true;
    tasks_.Spawn("crypto.follow", Change());
}

Task<> CoinbaseStream::Change() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    while (!shared_.stopping && wanted_ != followed_) {
        co_await LeaveFollowed();
        if (shared_.stopping) break;
        shared_.coalescer.Remove(followed_);
        followed_ = wanted_;
        if (followed_.empty()) continue;
        shared_.coalescer.Add(followed_);
        following_ = std::make_unique<CoinbaseConnection>(shared_, connections_.size(), followed_);
        following_tasks_.Spawn("crypto.following", following_->Run());
        log::Info(
            "crypto.following",
            "the ticker feed is asked for top coins that crypto.products does not name",
            {{"products", followed_.size()}}
        );
    }
    changing_ = false;
}

Task<> CoinbaseStream::LeaveFollowed() {
    if (following_) following_->Leave();
    co_await following_tasks_.Drain();
    following_.reset();
}

Task<> CoinbaseStream::Stop() {
    shared_.stopping = true;
    co_await tasks_.Drain();
    co_await LeaveFollowed();
}

}  // namespace flux::feeds
