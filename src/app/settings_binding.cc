// The one place where a setting meets the member it sets.
#include "app/kafka_settings.h"
#include "app/recovery_settings.h"
#include "app/settings.h"
#include "app/valkey_settings.h"
#include "base/units.h"

namespace flux::app {
namespace {

using config::Between;
using config::Registry;
using config::TextRule;

constexpr std::size_t kListItemsMax = 1'000;

bool IsAddress(std::string_view text) {
    return net::IpAddress::Parse(text).has_value();
}

bool IsNetwork(std::string_view text) {
    return net::NetworkList::Parse({std::string(text)}).has_value();
}

bool IsGatewayId(std::string_view text) {
    return text.size() == 1 &&
           ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= '0' && text[0] <= '9'));
}

bool IsOrigin(std::string_view text) {
    return text == "*" || text.starts_with("http://") || text.starts_with("https://");
}

/// As the Host header names it, but for the port and the brackets of an IPv6 address.
bool IsHost(std::string_view text) {
    const bool plain = !text.empty() && text.find_first_of(":/[] ") == std::string_view::npos;
    return plain || IsAddress(text);
}

bool IsPath(std::string_view text) {
    return !text.empty() && text.find('\0') == std::string_view::npos;
}

void BindProcess(Registry& registry, Settings& settings) {
    registry.AddText(
        "data_dir",
        &settings.data_dir,
        TextRule{.what = "the path of a directory", .accept = IsPath},
        "Where durable topics and the generated admin token are kept; one process at a time."
    );
    registry.AddInteger(
        "shards",
        &settings.shards,
        Between<std::uint32_t>{0, limits::kShardsMax},
        "threads",
        "Event loops, each with a thread; 0 is one per core."
    );
    registry.AddChoice<log::Level>(
        "log.level",
        &settings.log.level,
        {{"debug", log::Level::kDebug},
         {"info", log::Level::kInfo},
         {"warn", log::Level::kWarn},
         {"error", log::Level::kError}},
        "The least important lines that are written."
    );
    registry.AddChoice<log::Format>(
        "log.format",
        &settings.log.format,
        {{"auto", log::Format::kAuto}, {"json", log::Format::kJson}, {"text", log::Format::kText}},
        "One JSON object per line, or text for people; auto is text on a terminal."
    );
}

void BindHttp(Registry& registry, HttpSettings& http) {
    registry.AddPort("http.port", &http.port, "any free one", "Where the page and Socket.IO are.");
    registry.AddList(
        "http.addresses",
        &http.addresses,
        TextRule{.what = "an IP address", .accept = IsAddress},
        16,
        "Addresses to listen on; wider than loopback needs auth.mode and admin.token."
    );
    registry.AddList(
        "http.trusted_proxies",
        &http.trusted_proxies,
        TextRule{.what = "an IP address or network such as 10.0.0.0/8", .accept = IsNetwork},
        kListItemsMax,
        "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."
    );
    registry.AddInteger(
        "http.connections_max",
        &http.connections_max,
        Between<std::size_t>{1, 1'000'000},
        "connections",
        "Open connections of this listener; more are closed at once and counted."
    );
    registry.AddInteger(
        "http.connections_per_address_max",
        &http.connections_per_address_max,
        Between<std::size_t>{1, 1'000'000},
        "connections",
        "Open connections of one client address (IPv6: its /64); a proxy that is not one of "
        "http.trusted_proxies counts as one client."
    );
    registry.AddList(
        "http.hosts",
        &http.hosts,
        TextRule{.what = "a host name or an address, without port", .accept = IsHost},
        kListItemsMax,
        "Names the Host header may carry: on loopback beside addresses and localhost, elsewhere "
        "these alone; none there is any."
    );
    registry.AddText(
        "http.static_dir",
        &http.static_dir,
        {},
        "Directory with the built page; empty serves a line of text instead."
    );
    registry.AddText(
        "http.tls_cert_file",
        &http.tls_cert_file,
        {},
        "Certificate (PEM, its chain behind it) that makes the listener speak TLS; SIGHUP reads it "
        "again. Empty: no TLS."
    );
    registry.AddText(
        "http.tls_key_file", &http.tls_key_file, {}, "The certificate's key (PEM, no passphrase)."
    );
}

void BindHttpRequests(Registry& registry, HttpSettings& http) {
    registry.AddBytes(
        "http.head_bytes_max",
        &http.head_bytes_max,
        Between<std::size_t>{1 * KiB, limits::kReadBufferBytes},
        "The request line and headers of one request; more is answered 431."
    );
    registry.AddInteger(
        "http.head_lines_max",
        &http.head_lines_max,
        Between<std::size_t>{16, 1'000},
        "lines",
        "Headers of one request; more are answered 431."
    );
    registry.AddBytes(
        "http.inbound_bytes_max",
        &http.inbound_bytes_max,
        Between<std::size_t>{4 * MiB, 1024 * MiB},
        "Requests and WebSocket messages of all clients that have begun and are not whole; over it "
        "503, or close 1013."
    );
    registry.AddBytes(
        "http.inbound_bytes_per_address_max",
        &http.inbound_bytes_per_address_max,
        Between<std::size_t>{4 * MiB, 1024 * MiB},
        "As http.inbound_bytes_max, of one client address (IPv6: its /64)."
    );
    registry.AddDuration(
        "http.head_timeout",
        &http.head_timeout,
        Between<Milliseconds>{100ms, 10min},
        1ms,
        "From the first byte of a request to the end of its headers; later is answered 408. Also "
        "for a "
        "TLS handshake, from the connection on."
    );
    registry.AddDuration(
        "http.body_timeout",
        &http.body_timeout,
        Between<Milliseconds>{100ms, 10min},
        1ms,
        "How long a request's body may take (else 408), and a reader to take more of an answer."
    );
    registry.AddDuration(
        "http.keep_alive_timeout",
        &http.keep_alive_timeout,
        Between<Milliseconds>{100ms, 1h},
        1ms,
        "How long a connection may rest between two requests; longer than a proxy's own is best."
    );
}

void BindAdmin(Registry& registry, Settings& settings) {
    AdminSettings& admin = settings.admin;
    registry.AddPort(
        "admin.port",
        &admin.port,
        "any free one",
        "Where /metrics, /livez, /readyz and produce are."
    );
    registry.AddText(
        "admin.address",
        &admin.address,
        TextRule{.what = "an IP address", .accept = IsAddress},
        "Address of the admin listener; wider than loopback needs auth.mode and admin.token."
    );
    registry.AddList(
        "admin.hosts",
        &admin.hosts,
        TextRule{.what = "a host name or an address, without port", .accept = IsHost},
        16,
        "As http.hosts, of the admin listener."
    );
    registry.AddSecret(
        "admin.token",
        &admin.token,
        "What admin calls must bring as bearer token; without it one is generated at each start "
        "into data_dir/admin.token."
    );
    registry.AddInteger(
        "admin.connections_max",
        &admin.connections_max,
        Between<std::size_t>{1, 10'000},
        "connections",
        "Open connections of the admin listener."
    );
    registry.AddChoice<AuthMode>(
        "auth.mode",
        &settings.auth_mode,
        {{"unset", AuthMode::kUnset}, {"none", AuthMode::kNone}},
        "Who may use the sockets, to be said once Flux listens beyond loopback; none is everybody."
    );
}

void BindCompression(Registry& registry, socketio::SocketIoOptions& socketio) {
    using socketio::Compression;
    registry.AddChoice<Compression>(
        "socketio.compression",
        &socketio.compression,
        {{"off", Compression::kOff}, {"shared", Compression::kShared}, {"all", Compression::kAll}},
        "Which messages are compressed for WebSockets that offer permessage-deflate: shared is "
        "those for several clients at once, where it costs little; all is those for one as well."
    );
    registry.AddBytes(
        "socketio.compression_min",
        &socketio.compression_bytes_min,
        Between<std::size_t>{64, limits::kPayloadBytesMax},
        "Messages shorter than this are never compressed."
    );
}

void BindHeartbeat(Registry& registry, socketio::SocketIoOptions& socketio) {
    registry.AddDuration(
        "socketio.ping_interval",
        &socketio.ping_interval,
        Between<Milliseconds>{100ms, 1h},
        1ms,
        "From one ping to the next."
    );
    registry.AddDuration(
        "socketio.ping_timeout",
        &socketio.ping_timeout,
        Between<Milliseconds>{100ms, 1h},
        1ms,
        "How long a client may take to answer a ping."
    );
    registry.AddDuration(
        "socketio.connect_timeout",
        &socketio.connect_timeout,
        Between<Milliseconds>{100ms, 1h},
        1ms,
        "From a session's opening to its first namespace."
    );
    registry.AddDuration(
        "socketio.upgrade_timeout",
        &socketio.upgrade_time_max,
        Between<Milliseconds>{100ms, 1h},
        1ms,
        "How long a WebSocket that is to take over from polling may take to do so."
    );
    registry.AddDuration(
        "socketio.close_timeout",
        &socketio.close_time_max,
        Between<Milliseconds>{100ms, 10min},
        1ms,
        "How long a client may take to answer a WebSocket's close frame."
    );
    registry.AddDuration(
        "socketio.message_timeout",
        &socketio.message_time_max,
        Between<Milliseconds>{100ms, 1h},
        1ms,
        "From the first byte of a WebSocket message to its last; later closes (1008)."
    );
    registry.AddDuration(
        "socketio.reassembly_timeout",
        &socketio.reassembly_time_max,
        Between<Milliseconds>{100ms, 1h},
        1ms,
        "From a binary packet to the last of its attachments; later closes (1002)."
    );
}

void BindSocketIo(Registry& registry, Settings& settings) {
    socketio::SocketIoOptions& socketio = settings.socketio;
    BindHeartbeat(registry, socketio);
    registry.AddBytes(
        "socketio.max_payload",
        &socketio.payload_bytes_max,
        Between<std::size_t>{1 * KiB, limits::kPayloadBytesMax},
        "The largest message or polling body a client may send."
    );
    registry.AddBytes(
        "socketio.outbox_bytes_soft",
        &socketio.outbox_bytes_soft,
        Between<std::size_t>{4 * KiB, 64 * MiB},
        "Unread bytes of a session above which it counts as slow."
    );
    registry.AddBytes(
        "socketio.outbox_bytes_hard",
        &socketio.outbox_bytes_hard,
        Between<std::size_t>{8 * KiB, 64 * MiB},
        "Unread bytes of a session at which it is closed as slow (4000)."
    );
    registry.AddDuration(
        "socketio.slow_after",
        &socketio.slow_time_max,
        Between<Milliseconds>{100ms, 1h},
        1ms,
        "How long a session may stay above the soft bound before it is closed as slow."
    );
    registry.AddList(
        "socketio.origins",
        &socketio.origins,
        TextRule{.what = "an origin such as https://example.com, or *", .accept = IsOrigin},
        kListItemsMax,
        "Origins of pages that may connect, beside Flux's own; * is every page."
    );
    registry.AddBool("socketio.polling", &socketio.polling, "Whether long-polling is offered.");
    BindCompression(registry, socketio);
    registry.AddBytes(
        "socketio.send_buffer",
        &settings.send_buffer_bytes,
        Between<std::size_t>{0, 16 * MiB},
        "Kernel send buffer of each connection (SO_SNDBUF); 0 keeps the kernel's."
    );
}

constexpr Between<std::size_t> kBytesPerSecond{0, 10 * GiB};
constexpr Between<std::size_t> kBurstBytes{1 * KiB, 64 * GiB};

/// Of all client addresses together.
void BindTotalBudgets(Registry& registry, socketio::SocketIoOptions& socketio) {
    registry.AddInteger(
        "limits.total_handshakes_per_second",
        &socketio.total_handshakes_per_second,
        Between<std::uint32_t>{0, 10'000'000},
        "handshakes/s",
        "Handshakes of all clients together, on average; 0 is no limit. Further ones are answered "
        "503."
    );
    registry.AddInteger(
        "limits.total_handshakes_burst",
        &socketio.total_handshakes_burst,
        Between<std::uint32_t>{1, 10'000'000},
        "handshakes",
        "Handshakes of all clients together at once after a pause; all come back at once after a "
        "restart."
    );
    registry.AddInteger(
        "limits.total_messages_per_second",
        &socketio.total_messages_per_second,
        Between<std::uint32_t>{0, 100'000'000},
        "messages/s",
        "Messages of all clients together, on average; over it whoever sends is closed (4003), "
        "guilty or not, so 0, no limit: each address has its own."
    );
    registry.AddInteger(
        "limits.total_messages_burst",
        &socketio.total_messages_burst,
        Between<std::uint32_t>{1, 100'000'000},
        "messages",
        "Messages of all clients together at once after a pause."
    );
    registry.AddBytes(
        "limits.total_bytes_per_second",
        &socketio.total_bytes_per_second,
        kBytesPerSecond,
        "Bytes of messages (decompressed) of all clients together a second, on average; over it "
        "whoever sends is closed (4003), so 0, no limit, as for messages."
    );
    registry.AddBytes(
        "limits.total_bytes_burst",
        &socketio.total_bytes_burst,
        kBurstBytes,
        "Bytes of messages of all clients together at once after a pause."
    );
}

void BindSocketIoBudgets(Registry& registry, socketio::SocketIoOptions& socketio) {
    registry.AddInteger(
        "socketio.sessions_max",
        &socketio.sessions_max,
        Between<std::size_t>{1, 10'000'000},
        "sessions",
        "Sessions of the whole process; a further handshake is answered 503."
    );
    registry.AddInteger(
        "socketio.sessions_per_address_max",
        &socketio.sessions_per_address_max,
        Between<std::uint32_t>{1, 1'000'000},
        "sessions",
        "Sessions of one client address (IPv6: its /64); a further handshake is answered 503."
    );
    registry.AddBytes(
        "socketio.outbound_bytes_max",
        &socketio.outbound_bytes_max,
        Between<std::size_t>{1 * MiB, 64 * GiB},
        "Unread bytes of all sessions together; above it whoever does not read is closed as slow "
        "at once."
    );
    registry.AddBytes(
        "socketio.reassembly_bytes_max",
        &socketio.reassembly_bytes_max,
        Between<std::size_t>{64 * KiB, 64 * GiB},
        "Bytes of binary packets whose attachments are still coming, of all sessions together."
    );
    registry.AddBytes(
        "socketio.reassembly_bytes_per_address_max",
        &socketio.reassembly_bytes_per_address_max,
        Between<std::size_t>{64 * KiB, 64 * GiB},
        "Of them, those of one client address (IPv6: its /64)."
    );
    registry.AddInteger(
        "limits.handshakes_per_second",
        &socketio.handshakes_per_second,
        Between<std::uint32_t>{0, 1'000'000},
        "handshakes/s",
        "Handshakes of one client address, on average; 0 is no limit."
    );
    registry.AddInteger(
        "limits.handshakes_burst",
        &socketio.handshakes_burst,
        Between<std::uint32_t>{1, 1'000'000},
        "handshakes",
        "Handshakes of one client address at once after a pause."
    );
    registry.AddInteger(
        "limits.messages_per_second",
        &socketio.messages_per_second,
        Between<std::uint32_t>{0, 1'000'000},
        "messages/s",
        "Messages of one client address, on average; 0 is no limit."
    );
    registry.AddInteger(
        "limits.messages_burst",
        &socketio.messages_burst,
        Between<std::uint32_t>{1, 1'000'000},
        "messages",
        "Messages of one client address at once after a pause."
    );
    registry.AddBytes(
        "limits.bytes_per_second",
        &socketio.bytes_per_second,
        kBytesPerSecond,
        "Bytes of messages (decompressed) of one client address a second, on average; 0 is no "
        "limit."
    );
    registry.AddBytes(
        "limits.bytes_burst",
        &socketio.bytes_burst,
        kBurstBytes,
        "Bytes of messages of one client address at once after a pause; the default has room for "
        "three events with ten attachments of 1 MB each."
    );
    BindTotalBudgets(registry, socketio);
    registry.AddBool(
        "limits.loopback",
        &socketio.limit_loopback,
        "Whether these budgets (and gateway.address_events_*, gateway.address_joins_*) hold for "
        "clients on this machine too, who else neither meet nor spend them, the totals included."
    );
}

void BindSimulator(Registry& registry, SimulatorSettings& simulator) {
    registry.AddPort(
        "simulator.port",
        &simulator.port,
        "any free one",
        "Where the simulator inside `flux up` listens, on loopback."
    );
    registry.AddInteger(
        "simulator.seed",
        &simulator.seed,
        Between<std::uint64_t>{0, 1ULL << 53U},
        "seed",
        "Decides every simulated price; 0 is another one at each start."
    );
}

void BindShutdown(Registry& registry, ShutdownSettings& shutdown) {
    registry.AddDuration(
        "shutdown.drain_window",
        &shutdown.drain_window,
        Between<Milliseconds>{0ms, 10min},
        1ms,
        "Sockets are closed evenly over this time (less when there are few), so that their clients "
        "do "
        "not come back together."
    );
    registry.AddDuration(
        "shutdown.timeout",
        &shutdown.timeout,
        Between<Milliseconds>{100ms, 1h},
        1ms,
        "The whole shutdown; what is not done by then is abandoned and the exit code says so."
    );
}

}  // namespace

void Bind(Registry& registry, Settings& settings) {
    BindProcess(registry, settings);
    BindHttp(registry, settings.http);
    BindHttpRequests(registry, settings.http);
    BindAdmin(registry, settings);
    BindSocketIo(registry, settings);
    BindSocketIoBudgets(registry, settings.socketio);
    BindRecovery(registry, settings.socketio);
    registry.AddText(
        "gateway.id",
        &settings.gateway_id,
        TextRule{.what = "one character of a-z, 0-9", .accept = IsGatewayId},
        "First character of every session id, so that a proxy can tell gateways apart."
    );
    BindKafka(registry, settings);
    BindValkey(registry, settings);
    gateway::AddGatewaySettings(registry, settings.gateway, settings.rows);
    BindDomains(registry, settings.domains);
    BindSimulator(registry, settings.simulator);
    BindShutdown(registry, settings.shutdown);
}

}  // namespace flux::app
