// What goes wrong on demand.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flux::simulator {

enum class FaultKind : std::uint8_t {
    kDropSocket,    ///< `count` sockets lose their TCP connection, without a goodbye
    kSlowConsume,   ///< `count` sockets get error ErrSlowConsume and are closed
    kSilence,       ///< nothing is sent on any socket for `seconds`
    kMute,          ///< one product, or all, has neither ticker nor heartbeat for `seconds`
    kGarbage,       ///< `count` tickers are preceded by something that is no frame
    kHugeFrame,     ///< `count` tickers are preceded by a text message of 512 KiB
    kUnknownType,   ///< `count` tickers are preceded by a frame of an unknown type
    kOutOfOrder,    ///< `count` tickers are followed by an older one
    kDuplicate,     ///< `count` tickers are sent twice
    kMissingSizes,  ///< `count` tickers come without sizes
    kSequenceGap,   ///< all sequence numbers leap ahead, once
    kNoAck,         ///< `count` subscribes are obeyed without an acknowledgement
    kPartial,       ///< `count` subscribes lose one product: error, then an ack without it
    kHttp429,   ///< `count` HTTP requests and handshakes (or all for `seconds`) are answered 429
    kHttp500,   ///< as above, 500
    kHttpHtml,  ///< `count` product lists are an HTML page with status 200
    kHttpStall  ///< `count` HTTP requests and handshakes are never answered
};
inline constexpr std::size_t kFaultKinds = 17;

/// A fault as somebody asks for it. `count` or `seconds` says how long it lasts.
struct Fault {
    FaultKind kind = FaultKind::kGarbage;
    std::uint32_t count = 1;
    Milliseconds duration{0};  ///< above 0: it lasts this long, however often
    std::string product;       ///< kMute, kPartial: which; "" = all, or the last one asked for
    std::optional<int> retry_after;  ///< kHttp429: seconds the header names; none when absent
};

/// "drop_socket", "http_429", ...
std::string_view ToString(FaultKind kind);

/// Reads `{"fault":"garbage","count":5,"seconds":2.5,"product":"BTC-USD","retry_after":3}`; all but
/// `fault` may be absent (count 1; 10 seconds for silence and mute). Errors: kBadInput naming the
/// member, or the faults there are.
Result<Fault> ParseFault(std::string_view json);

/// The faults that are on. One of a kind: a new one replaces the old. Thread: one at a time.
class FaultBoard {
public:
    explicit FaultBoard(const Clock& clock)
        : clock_(clock) {}

    void Set(const Fault& fault);
    void Clear();

    /// Whether the fault is on; uses one of its count up.
    bool Use(FaultKind kind);

    /// The fault if it is on, without using it up.
    const Fault* Active(FaultKind kind) const;

    /// The faults that are on, as a JSON array.
    std::string ToJson() const;

private:
    struct Entry {
        std::optional<Fault> fault;
        SteadyTime until;
    };
    const Entry& At(FaultKind kind) const { return entries_[static_cast<std::size_t>(kind)]; }

    const Clock& clock_;
    std::array<Entry, kFaultKinds> entries_;
};

}  // namespace flux::simulator
