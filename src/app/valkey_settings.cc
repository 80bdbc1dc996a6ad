#include "app/valkey_settings.h"

#include "base/units.h"
#include "net/client/url.h"

#include <optional>
#include <string_view>

namespace flux::app {
namespace {

using config::Between;
using config::Registry;
using config::TextRule;

/// "host:port", "[::1]:6379"; the port is part of it, so that nobody wonders which one is meant.
std::optional<net::Url> AddressOf(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || text.find('/') != std::string_view::npos)
        return std::nullopt;
    if (text.find(']', colon) != std::string_view::npos || colon + 1 == text.size())
        return std::nullopt;
    const auto url = net::Url::Parse("http://" + std::string(text));
    if (!url) return std::nullopt;
    return *url;
}

bool IsAddress(std::string_view text) {
    return text.empty() || AddressOf(text).has_value();
}

void BindConnection(Registry& registry, Settings& settings) {
    valkey::ValkeyOptions& valkey = settings.valkey;
    registry.AddText(
        "valkey.address",
        &settings.valkey_address,
        TextRule{.what = "host:port", .accept = IsAddress},
        "Valkey or Redis, as the cache of all gateways; empty is a cache in this process's memory."
    );
    registry.AddBool("valkey.tls", &valkey.tls, "Speak TLS to Valkey.");
    registry.AddText(
        "valkey.ca_file",
        &valkey.ca_file,
        {},
        "Certificates (PEM) that may vouch for Valkey; empty is the machine's."
    );
    registry.AddText(
        "valkey.user",
        &valkey.user,
        {},
        "Who logs in, where Valkey has users (ACL); empty is its default user."
    );
    registry.AddSecret(
        "valkey.password",
        &valkey.password,
        "The password of valkey.user; without one Flux does not log in."
    );
}

void BindTimes(Registry& registry, valkey::ValkeyOptions& valkey) {
    registry.AddDuration(
        "valkey.connect_timeout",
        &valkey.connect_timeout,
        Between<Milliseconds>{10ms, 1min},
        1ms,
        "How long connecting, logging in and a first answer may take."
    );
    registry.AddDuration(
        "valkey.reply_timeout",
        &valkey.reply_timeout,
        Between<Milliseconds>{10ms, 1min},
        1ms,
        "A connection that owes an answer and gives none for so long is replaced."
    );
    registry.AddDuration(
        "valkey.retry_longest",
        &valkey.retry_longest,
        Between<Milliseconds>{100ms, 10min},
        1ms,
        "The longest pause between two attempts to reach Valkey; the first is 100 ms, and it "
        "doubles."
    );
    registry.AddInteger(
        "valkey.failures_max",
        &valkey.failures_max,
        Between<std::uint32_t>{1, 1'000},
        "answers",
        "Answers in a row over cache.budget after which Valkey is not asked until it is in time "
        "again."
    );
    registry.AddBytes(
        "valkey.queue_bytes_max",
        &valkey.queue_bytes_max,
        Between<std::size_t>{2 * MiB, 1 * GiB},
        "Commands of an event loop that wait for Valkey's answer; more are dropped."
    );
}

}  // namespace

void BindValkey(Registry& registry, Settings& settings) {
    BindConnection(registry, settings);
    BindTimes(registry, settings.valkey);
    registry.AddDuration(
        "cache.budget",
        &settings.cache.budget,
        Between<Milliseconds>{1ms, 10s},
        1ms,
        "How long the cache may take to answer before what it has counts as missing."
    );
    registry.AddBytes(
        "cache.memory_bytes_max",
        &settings.memory_cache.bytes_max,
        Between<std::size_t>{1 * MiB, 64 * GiB},
        "What the cache in this process's memory may hold, without Valkey; beyond it what was "
        "written longest ago makes room."
    );
}

void CompleteValkey(Registry& registry, Settings& settings, config::Problems& problems) {
    valkey::ValkeyOptions& valkey = settings.valkey;
    if (const auto address = AddressOf(settings.valkey_address)) {
        valkey.host = address->host;
        valkey.port = address->port;
    }
    if (!valkey.user.empty() && valkey.password.empty()) {
        problems.Add(
            registry.Find("valkey.user")->place,
            "valkey.user is " + valkey.user +
                ", who needs a password; put it into a file and give "
                "its path as valkey.password_file"
        );
    }
    if (!valkey.ca_file.empty() && !valkey.tls) {
        problems.Add(
            registry.Find("valkey.ca_file")->place,
            "valkey.ca_file is for TLS; set valkey.tls to true, or leave it away"
        );
    }
}

}  // namespace flux::app
