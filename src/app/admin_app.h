// The admin listener's application: metrics, health, and records from outside.
#pragma once

#include "app/readiness.h"
#include "app/record_intake.h"
#include "base/metrics.h"
#include "config/secret.h"
#include "net/http.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::app {

/// What every shard's AdminApp answers from. Outlives them all. Thread: any, as each part says.
struct AdminState {
    const MetricRegistry& metrics;
    const Readiness& readiness;
    RecordIntake& intake;
    config::Secret token;             ///< set before the listener opens
    std::vector<std::string> topics;  ///< to name when one is unknown; as `token`
    std::vector<std::string> hosts;   ///< names the Host header may carry; as `token`
};

/// GET /metrics, /livez, /readyz. With the admin token: POST /bus/topics/{topic}/records, where the
/// body is the payload and `X-Record-Key` (percent-encoded) the key; GET of the same looks at what
/// is there (see RecordLook). Thread: its shard's.
class AdminApp final : public net::HttpApp {
public:
    explicit AdminApp(AdminState& state)
        : state_(state) {}

    std::size_t BodyBytesMax(const net::HttpRequest& head) const override;
    bool WantsBody(const net::HttpRequest& head) const override;
    void OnRequest(net::HttpConnection& connection, const net::HttpRequest& request) override;

private:
    enum class Access : std::uint8_t { kGranted, kForeignHost, kNoToken };
    Access AccessOf(const net::HttpRequest& request) const;
    std::optional<net::HttpResponse> RefusalOf(const net::HttpRequest& request) const;
    net::HttpResponse Get(const net::HttpRequest& request) const;
    void GetRecords(
        net::HttpConnection& connection, const net::HttpRequest& request, std::string topic
    );
    void PostRecord(
        net::HttpConnection& connection, const net::HttpRequest& request, std::string topic
    );

    AdminState& state_;
};

}  // namespace flux::app
