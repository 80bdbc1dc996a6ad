#include "app/settings.h"

#include "app/kafka_settings.h"
#include "app/valkey_settings.h"
#include "config/problems.h"

#include <algorithm>
#include <fmt/format.h>
#include <sched.h>

namespace flux::app {
namespace {

using config::Registry;

/// Binding wider than loopback is a decision, and it is made explicitly.
void CheckExposure(const Settings& settings, Registry& registry, config::Problems& problems) {
    const auto check = [&](const std::string& setting, const std::string& address) {
        const auto parsed = net::IpAddress::Parse(address);
        if (!parsed || parsed->is_loopback()) return;
        const config::Place& place = registry.Find(setting)->place;
        if (settings.admin.token.empty()) {
            problems.Add(
                place,
                setting + " listens beyond this machine (" + address +
                    "), which needs an admin token; put one into a file and give its path as "
                    "admin.token_file"
            );
        }
        if (settings.auth_mode == AuthMode::kUnset) {
            problems.Add(
                place,
                setting + " listens beyond this machine (" + address +
                    "), which needs auth.mode to say who may connect; auth.mode=none lets everybody"
            );
        }
    };
    for (const std::string& address : settings.http.addresses)
        check("http.addresses", address);
    check("admin.address", settings.admin.address);
}

/// A message larger than the burst would never be admitted.
void CheckBudgets(
    const socketio::SocketIoOptions& socketio, Registry& registry, config::Problems& problems
) {
    const auto check = [&](const std::string& scope, std::size_t per_second, std::size_t burst) {
        if (per_second == 0 || burst >= socketio.payload_bytes_max) return;
        problems.Add(
            registry.Find("limits." + scope + "_burst")->place,
            "limits." + scope +
                "_burst must be at least socketio.max_payload, or the largest messages are never "
                "let in; raise it, lower socketio.max_payload, or set limits." +
                scope + "_per_second to 0 for no limit"
        );
    };
    check("bytes", socketio.bytes_per_second, socketio.bytes_burst);
    check("total_bytes", socketio.total_bytes_per_second, socketio.total_bytes_burst);
}

void CheckTogether(const Settings& settings, Registry& registry, config::Problems& problems) {
    const auto place = [&](std::string_view name) { return registry.Find(name)->place; };
    if (settings.http.addresses.empty()) {
        problems.Add(place("http.addresses"), "http.addresses must name at least one address");
    }
    if (settings.socketio.outbox_bytes_soft >= settings.socketio.outbox_bytes_hard) {
        problems.Add(
            place("socketio.outbox_bytes_soft"),
            "socketio.outbox_bytes_soft must be below socketio.outbox_bytes_hard"
        );
    }
    CheckBudgets(settings.socketio, registry, problems);
    // Who is closed last still has close_timeout to answer.
    if (settings.shutdown.drain_window + settings.socketio.close_time_max >=
        settings.shutdown.timeout) {
        problems.Add(
            place("shutdown.drain_window"),
            "shutdown.drain_window and socketio.close_timeout together must be below "
            "shutdown.timeout, which holds for all of the shutdown"
        );
    }
    if (settings.http.tls_cert_file.empty() != settings.http.tls_key_file.empty()) {
        problems.Add(
            place(settings.http.tls_cert_file.empty() ? "http.tls_key_file" : "http.tls_cert_file"),
            "http.tls_cert_file and http.tls_key_file belong together; set both, or neither"
        );
    }
    if (settings.http.port != 0 && settings.http.port == settings.admin.port) {
        problems.Add(place("admin.port"), "admin.port and http.port must differ");
    }
}

/// Where a browser on this machine finds the page.
void DerivePublicUrl(Registry& registry, Settings& settings) {
    const bool set = registry.Find("public_url")->place.text() != config::Place().text();
    if (set || settings.http.port == 0) return;
    settings.domains.weather.public_url = fmt::format(
        "{}://localhost:{}",
        settings.http.tls_cert_file.empty() ? "http" : "https",
        settings.http.port
    );
}

}  // namespace

void Complete(Registry& registry, Settings& settings, config::Problems& problems) {
    DerivePublicUrl(registry, settings);
    CheckExposure(settings, registry, problems);
    CheckTogether(settings, registry, problems);
    CompleteDomains(registry, settings.domains, problems);
    CompleteKafka(registry, settings, problems);
    CompleteValkey(registry, settings, problems);
    auto tables = gateway::ReadRoutingTables(settings.rows, problems);
    if (tables) settings.gateway.tables = std::move(*tables);
    settings.socketio.gateway_id = settings.gateway_id.front();
}

std::size_t ShardCount(const Settings& settings) {
    if (settings.shards != 0) return settings.shards;
    // The cores this process may run on: fewer than the machine's inside a container.
    cpu_set_t cores;
    CPU_ZERO(&cores);
    if (::sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
    const auto count = static_cast<std::size_t>(CPU_COUNT(&cores));
    return std::clamp<std::size_t>(count, 1, limits::kShardsMax);
}

net::ListenerOptions WebListener(const Settings& settings) {
    net::ListenerOptions options;
    options.name = "web";
    options.addresses = settings.http.addresses;
    options.port = settings.http.port;
    options.port_setting = "http.port";
    options.connections_max = settings.http.connections_max;
    options.connections_per_address_max = settings.http.connections_per_address_max;
    options.inbound_bytes_max = settings.http.inbound_bytes_max;
    options.inbound_bytes_per_address_max = settings.http.inbound_bytes_per_address_max;
    options.trusted_proxies = net::NetworkList::Parse(settings.http.trusted_proxies).value();
    options.hosts = settings.http.hosts;
    options.hosts_setting = "http.hosts";
    options.head_bytes_max = settings.http.head_bytes_max;
    options.head_lines_max = settings.http.head_lines_max;
    options.head_time_max = settings.http.head_timeout;
    options.body_time_max = settings.http.body_timeout;
    options.keep_alive_time_max = settings.http.keep_alive_timeout;
    options.tls_cert_file = settings.http.tls_cert_file;
    options.tls_key_file = settings.http.tls_key_file;
    options.send_buffer_bytes = settings.send_buffer_bytes;
    return options;
}

net::ListenerOptions AdminListener(const Settings& settings) {
    net::ListenerOptions options;
    options.name = "admin";
    options.addresses = {settings.admin.address};
    options.port = settings.admin.port;
    options.port_setting = "admin.port";
    options.hosts = settings.admin.hosts;
    options.hosts_setting = "admin.hosts";
    options.connections_max = settings.admin.connections_max;
    options.connections_per_address_max = settings.admin.connections_max;
    return options;
}

}  // namespace flux::app
