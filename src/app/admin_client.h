// Asks the admin listener of a running Flux.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "config/secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flux::app {

/// A record to publish from outside.
struct AdminRecord {
    std::string topic;
    std::optional<std::string> key;
    std::string_view payload;
};

/// One request at a time over a connection of its own. Blocks: for command lines only.
class AdminClient {
public:
    AdminClient(std::string host, std::uint16_t port, Milliseconds time_max)
        : host_(std::move(host)),
          port_(port),
          time_max_(time_max) {}

    /// Publishes and returns the answer's JSON ({"topic":..,"partition":..,"offset":..}). Errors:
    /// kUnknown (sent, but there was no answer, or one that leaves it open: the record may be
    /// stored); any other: nothing was stored (nobody answers there, the listener refused).
    Result<std::string> Publish(const AdminRecord& record, const config::Secret& token) const;

    /// The body of the answer to a GET. Errors: kNotFound, kBadInput, kConflict, kUnavailable (each
    /// with the listener's own sentence, where it gave one).
    Result<std::string> Get(const std::string& target, const config::Secret& token) const;

    /// Everything but letters, digits and -._~ as %XX.
    static std::string PercentEncode(std::string_view text);

private:
    /// The whole answer, with its head.
    Result<std::string> Exchange(std::string_view head, std::string_view body) const;
    Result<std::string> Outcome(const std::string& answer) const;
    Result<int> Connect() const;
    std::string where() const { return host_ + ":" + std::to_string(port_); }

    std::string host_;  // a name, an address, or an IPv6 address in brackets
    std::uint16_t port_;
    Milliseconds time_max_;
};

}  // namespace flux::app
