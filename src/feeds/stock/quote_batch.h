// Quotes of many symbols, asked for one after the other.
#pragma once

#include "base/clock.h"
#include "contract/stock.h"
#include "feeds/stock/stock_options.h"
#include "feeds/stock/stock_stats.h"
#include "feeds/upstream/upstream_client.h"
#include "runtime/task.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace flux::feeds {

/// What Finnhub's answers mean beyond their status: 429 with a hint that there is no account is a
/// bad key, 403 concerns one symbol, and the end of a limit stands in X-Ratelimit-Reset. Thread:
/// any.
std::optional<UpstreamError> JudgeFinnhub(const net::HttpReply& reply, WallMillis now);

struct BatchOutcome {
    std::vector<contract::StockPerformance> rows;
    std::size_t failed = 0;              ///< symbols without an answer
    std::optional<UpstreamError> error;  ///< why, of the last of them
    std::vector<std::string> unknown;    ///< symbols the source does not cover
    bool cancelled = false;
};

/// Asks for one quote at a time, `spacing` apart. A limit is waited for, and the batch goes on with
/// the symbol it stopped at; a refused key or an open breaker ends it, because the rest would fare
/// no better. Thread: its shard's.
class QuoteBatch {
public:
    /// `limited` is told when the source said that it takes no more for a while. References outlive
    /// the batch.
    QuoteBatch(
        UpstreamClient& client,
        const StockOptions& options,
        const Clock& clock,
        StockStats& stats,
        Milliseconds spacing,
        std::function<void(const UpstreamError&)> limited
    );

    Task<BatchOutcome> Run();

private:
    enum class Turn : std::uint8_t { kMine, kNever, kCancelled };

    /// Whether there was an answer, of whatever use.
    Task<bool> Ask(std::string symbol);
    Task<Turn> AwaitTurn();
    void TakeReply(std::string symbol, const net::HttpReply& reply);

    UpstreamClient& client_;
    const StockOptions& options_;
    const Clock& clock_;
    StockStats& stats_;
    const Milliseconds spacing_;
    const std::function<void(const UpstreamError&)> limited_;
    SteadyTime give_up_at_;
    SteadyTime next_at_;
    bool ended_ = false;
    BatchOutcome outcome_;
};

}  // namespace flux::feeds
