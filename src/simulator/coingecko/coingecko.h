// The simulated CoinGecko.
#pragma once

#include "simulator/coingecko/coin_market.h"
#include "simulator/source.h"

#include <optional>
#include <string>
#include <vector>

namespace flux::simulator {

/// GET /api/v3/coins/markets and /api/v3/ping. Without a key 10 calls a minute for an address, with
/// a demo key (x-cg-demo-api-key, x_cg_demo_api_key) 100; calls that are refused count too.
class CoinGecko final : public Source {
public:
    /// `market` outlives it. `refresh`: how old an answer may be.
    CoinGecko(const World& world, const Market& market, Milliseconds refresh);

private:
    /// What a request asks for.
    struct Query {
        std::string currency;
        double rate = 1;  ///< units of it for a dollar
        std::vector<std::string> ids;
        std::vector<std::string> names;
        std::vector<std::string> symbols;
        bool all_of_symbol = false;
        std::string category;
        std::string order;
        std::size_t per_page = 100;
        std::size_t page = 1;
        bool sparkline = false;
        std::vector<std::string> spans;
        int precision = -1;  ///< decimals; -1: as many as it takes
    };
    Answer Refusal(int status, std::optional<int> retry_after) override;
    std::optional<Answer> Admit(const Ask& ask) override;
    Answer Serve(const Ask& ask) override;
    void Finish(const Ask& ask, Answer& answer) override;
    const BodyShape& shape() const override;

    /// Errors: the answer that says what is wrong.
    std::optional<Answer> Read(const Ask& ask, Query& query);
    std::vector<const CoinRow*> Select(const Query& query, const std::vector<CoinRow>& rows) const;
    void AppendRow(JsonText& json, const Query& query, const CoinRow& row) const;
    Answer Status(int status, int code, std::string_view message) const;

    CoinMarket coins_;
    const Milliseconds refresh_;
};

}  // namespace flux::simulator
