// The HTTP face of the simulated exchange.
#pragma once

#include "net/http.h"
#include "simulator/coinbase/exchange.h"

#include <cstddef>
#include <optional>

namespace flux::simulator {

/// Routes of one listener: the feed at "/", GET /products, /products/{id} and
/// /products/{id}/ticker, and the simulator's own controls under /_simulator/. One instance per
/// shard; every request moves to the exchange's shard before it is handled.
class ExchangeApp final : public net::HttpApp {
public:
    explicit ExchangeApp(Exchange& exchange)
        : exchange_(exchange) {}

    std::size_t BodyBytesMax(const net::HttpRequest& head) const override;
    std::optional<ShardId> HomeOf(const net::HttpRequest& head) const override;
    void OnRequest(net::HttpConnection& connection, const net::HttpRequest& request) override;

private:
    net::HttpResponse Control(const net::HttpRequest& request);
    void Rest(net::HttpConnection& connection, const net::HttpRequest& request);
    net::HttpResponse Product(std::string_view path);

    Exchange& exchange_;
};

}  // namespace flux::simulator
