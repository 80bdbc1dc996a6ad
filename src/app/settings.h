// Everything that can be set about Flux, in the plain structs the folders take.
#pragma once

#include "app/domain_settings.h"
#include "base/log.h"
#include "bus/kafka/kafka_options.h"
#include "cache/cache_set.h"
#include "cache/memory_cache.h"
#include "config/load.h"
#include "config/registry.h"
#include "config/secret.h"
#include "gateway/gateway_options.h"
#include "gateway/gateway_settings.h"
#include "limits/limits.h"
#include "net/server.h"
#include "socketio/socketio_options.h"
#include "valkey/valkey_options.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flux::app {

/// Who may use the sockets. It must be said once Flux listens beyond loopback.
enum class AuthMode : std::uint8_t { kUnset, kNone };

struct HttpSettings {
    std::uint16_t port = 5173;
    std::vector<std::string> addresses{"127.0.0.1", "::1"};
    std::vector<std::string> trusted_proxies;
    std::size_t connections_max = 16'384;
    std::size_t connections_per_address_max = net::ListenerOptions{}.connections_per_address_max;
    std::size_t inbound_bytes_max = net::ListenerOptions{}.inbound_bytes_max;
    std::size_t inbound_bytes_per_address_max =
        net::ListenerOptions{}.inbound_bytes_per_address_max;
    std::vector<std::string> hosts;
    std::size_t head_bytes_max = net::ListenerOptions{}.head_bytes_max;
    std::size_t head_lines_max = net::ListenerOptions{}.head_lines_max;
    Milliseconds head_timeout = net::ListenerOptions{}.head_time_max;
    Milliseconds body_timeout = net::ListenerOptions{}.body_time_max;
    Milliseconds keep_alive_timeout = net::ListenerOptions{}.keep_alive_time_max;
    std::string static_dir;
    std::string tls_cert_file;
    std::string tls_key_file;
};

struct AdminSettings {
    std::uint16_t port = 9464;
    std::string address = "127.0.0.1";
    std::vector<std::string> hosts;
    config::Secret token;
    std::size_t connections_max = 100;
};

struct ShutdownSettings {
    Milliseconds drain_window{5'000};
    Milliseconds timeout{20'000};
};

struct SimulatorSettings {
    std::uint16_t port = 0;  ///< `flux up` reaches it there; 0: any free one
    std::uint64_t seed = 0;  ///< 0: another one at every start
};

struct Settings {
    std::string data_dir = "flux-data";
    std::uint32_t shards = 0;  ///< 0: one per core
    log::Options log;
    HttpSettings http;
    AdminSettings admin;
    AuthMode auth_mode = AuthMode::kUnset;
    std::string gateway_id = "a";
    std::size_t send_buffer_bytes = 0;  ///< 0: the kernel's
    bus::KafkaOptions kafka;            ///< no brokers: the embedded bus
    config::Secret kafka_password;
    std::string valkey_address;  ///< empty: the cache is in memory
    valkey::ValkeyOptions valkey;
    cache::CacheOptions cache;
    cache::MemoryCacheOptions memory_cache;
    gateway::GatewayOptions gateway;
    gateway::GatewayRows rows;
    socketio::SocketIoOptions socketio;
    DomainSettings domains;
    SimulatorSettings simulator;
    ShutdownSettings shutdown;
};

/// Adds every setting to `registry`, bound to `settings`, which must outlive it: the one place
/// where a setting meets the member it sets (settings_binding.cc).
void Bind(config::Registry& registry, Settings& settings);

/// Checks what one setting alone cannot tell, derives what depends on others (routing tables, ids)
/// and adds what is wrong to `problems`.
void Complete(config::Registry& registry, Settings& settings, config::Problems& problems);

/// `shards`, or the cores this process may run on.
std::size_t ShardCount(const Settings& settings);

/// What the web listener is opened with. `settings` were completed without a problem.
net::ListenerOptions WebListener(const Settings& settings);
net::ListenerOptions AdminListener(const Settings& settings);

}  // namespace flux::app
