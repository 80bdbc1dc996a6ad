// The HTTP face of the simulator.
#pragma once

#include "net/http.h"
#include "simulator/source_set.h"

#include <cstddef>
#include <optional>

namespace flux::simulator {

/// Routes of one listener: each source below its prefix, Coinbase at the root, and the simulator's
/// own controls under /_simulator/. One instance per shard; every request moves to the sources'
/// shard before it is handled.
class SimulatorApp final : public net::HttpApp {
public:
    explicit SimulatorApp(SourceSet& sources)
        : sources_(sources) {}

    std::size_t BodyBytesMax(const net::HttpRequest& head) const override;
    std::optional<ShardId> HomeOf(const net::HttpRequest& head) const override;
    void OnRequest(net::HttpConnection& connection, const net::HttpRequest& request) override;

private:
    net::HttpResponse Control(const net::HttpRequest& request);
    net::HttpResponse ControlFaults(const net::HttpRequest& request);
    net::HttpResponse ControlLimits(const net::HttpRequest& request);
    net::HttpResponse ControlKeys(const net::HttpRequest& request);
    net::HttpResponse ShowRequests(const net::HttpRequest& request);

    SourceSet& sources_;
};

}  // namespace flux::simulator
