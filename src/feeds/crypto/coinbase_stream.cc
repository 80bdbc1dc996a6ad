#include "feeds/crypto/coinbase_stream.h"

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
      tasks_(shard) {
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

Task<> CoinbaseStream::Stop() {
    shared_.stopping = true;
    return tasks_.Drain();
}

}  // namespace flux::feeds
