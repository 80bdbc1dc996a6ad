#include "net/pending_body.h"

#include <algorithm>

namespace flux::net {

PendingBody::PendingBody(
    InboundBudget& budget,
    const IpAddress& client,
    std::string_view head,
    const RequestFraming& framing,
    std::size_t bytes_max
)
    : head_(head),
      content_length_(framing.content_length),
      charge_(budget, client) {
    if (framing.chunked) chunks_.emplace(bytes_max);
}

/// Whether the stated number of bytes is there.
bool PendingBody::TakeStated(std::string_view& input) {
    const std::size_t missing = std::min(content_length_ - body_.size(), input.size());
    body_ += input.substr(0, missing);
    input.remove_prefix(missing);
    return body_.size() == content_length_;
}

PendingBody::State PendingBody::Take(std::string_view& input) {
    if (chunks_) {
        const ChunkedDecoder::State state = chunks_->Decode(input, body_);
        if (state == ChunkedDecoder::State::kComplete) return State::kWhole;
        if (state == ChunkedDecoder::State::kFault) return State::kFault;
    } else if (TakeStated(input)) {
        return State::kWhole;
    }
    const std::size_t held = head_.capacity() + body_.capacity();
    return charge_.Cover(held) ? State::kNeedMore : State::kNoBudget;
}

}  // namespace flux::net
