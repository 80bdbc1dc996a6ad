// A request whose body did not arrive together with its head.
#pragma once

#include "net/http_parser.h"
#include "net/inbound_budget.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace flux::net {

/// Keeps the head and collects the body, counted in the listener's budget. Thread: its
/// connection's.
class PendingBody {
public:
    /// `bytes_max` bounds a body that comes in chunks; one of a stated length has been checked.
    PendingBody(
        InboundBudget& budget,
        const IpAddress& client,
        std::string_view head,
        const RequestFraming& framing,
        std::size_t bytes_max
    );

    enum class State : std::uint8_t {
        kNeedMore,
        kWhole,
        kFault,     ///< see fault()
        kNoBudget,  ///< too much is unfinished of this address, or of all
    };

    /// Takes bytes from the front of `input`. After kWhole what is left belongs to the next
    /// request.
    State Take(std::string_view& input);

    std::string_view head() const { return head_; }
    std::string_view body() const { return body_; }
    const HttpFault& fault() const { return chunks_->fault(); }

private:
    bool TakeStated(std::string_view& input);

    const std::string head_;
    std::string body_;
    const std::size_t content_length_;
    std::optional<ChunkedDecoder> chunks_;
    InboundBudget::Charge charge_;
};

}  // namespace flux::net
