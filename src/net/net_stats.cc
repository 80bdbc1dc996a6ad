#include "net/net_stats.h"

#include <string>

namespace flux::net {
namespace {

void DescribeConnections(MetricWriter& out, const NetStats& stats) {
    out.Write("net_accepted", "Connections accepted", stats.accepted);
    out.Write("net_moved", "Connections moved to the shard of their session", stats.moved_in);
    constexpr std::string_view kRefused =
        "Connections refused or given up for want of room, by reason";
    out.Write("net_refused", kRefused, stats.refused_listener, {{"reason", "listener_full"}});
    out.Write("net_refused", kRefused, stats.refused_address, {{"reason", "address_full"}});
    out.Write("net_refused", kRefused, stats.refused_home_full, {{"reason", "shard_busy"}});
    out.Write("net_refused", kRefused, stats.refused_inbound, {{"reason", "inbound_full"}});
    out.Write("net_refused", kRefused, stats.refused_kernel, {{"reason", "kernel"}});
    out.Write(
        "net_accept_paused", "Times accepting paused for want of descriptors", stats.accept_paused
    );
    out.Write("net_lingering", "Closed sockets that await their peer's end", stats.lingering);
    out.Write(
        "net_lingering_cut",
        "Closed sockets whose peer was not waited for: too many, or it sends on",
        stats.lingering_cut
    );
    out.Write("net_tls_faults", "TLS handshakes that the client broke or left", stats.tls_faults);
}

void DescribeHttp(MetricWriter& out, const NetStats& stats) {
    out.Write("net_http_requests", "HTTP requests handed to an application", stats.http_requests);
    out.Write("net_http_faults", "HTTP requests refused while they were read", stats.http_faults);
    out.Write(
        "net_http_foreign_hosts",
        "HTTP requests whose Host header names somebody else",
        stats.http_foreign_hosts
    );
    out.Write("net_http_aborted", "HTTP requests whose client left", stats.http_aborted);
    for (std::size_t digit = 1; digit < stats.http_responses.size(); ++digit) {
        const std::string status = std::to_string(digit) + "xx";
        out.Write(
            "net_http_responses",
            "HTTP responses, by class of status",
            stats.http_responses[digit],
            {{"status", status}}
        );
    }
}

}  // namespace

void Describe(MetricWriter& out, const NetStats& stats) {
    DescribeConnections(out, stats);
    DescribeHttp(out, stats);
    constexpr std::string_view kTimedOut = "Connections ended by a deadline, by what was late";
    out.Write("net_timed_out", kTimedOut, stats.timed_out_handshake, {{"late", "handshake"}});
    out.Write("net_timed_out", kTimedOut, stats.timed_out_idle, {{"late", "next_request"}});
    out.Write("net_timed_out", kTimedOut, stats.timed_out_head, {{"late", "head"}});
    out.Write("net_timed_out", kTimedOut, stats.timed_out_body, {{"late", "body"}});
    out.Write("net_timed_out", kTimedOut, stats.timed_out_write, {{"late", "reader"}});
    out.Write("net_timed_out", kTimedOut, stats.timed_out_message, {{"late", "message"}});
    out.Write("net_websockets", "Connections upgraded to WebSocket", stats.websockets);
    out.Write(
        "net_websockets_refused",
        "WebSocket handshakes refused for what they say (400, 426)",
        stats.websockets_refused
    );
    out.Write(
        "net_websockets_deflate", "Of those, with permessage-deflate", stats.websockets_deflate
    );
    out.Write(
        "net_websocket_messages", "Messages received on WebSockets", stats.websocket_messages
    );
    out.Write("net_websocket_faults", "WebSockets that broke the protocol", stats.websocket_faults);
    out.Write("net_received_bytes", "Bytes received", stats.bytes_in);
    out.Write("net_sent_bytes", "Bytes taken by the kernel to send", stats.bytes_out);
    out.Write("net_websocket_writes", "Write calls on WebSockets", stats.writes);
    out.Write("net_websocket_short_writes", "Write calls the socket cut short", stats.short_writes);
}

}  // namespace flux::net
