#include "simulator/coinbase/frame_queue.h"

#include "limits/limits.h"

#include <array>
#include <cstring>
#include <span>
#include <sys/uio.h>
#include <utility>

namespace flux::simulator {

SharedBytes EncodeFrame(net::Opcode opcode, std::string_view payload) {
    std::array<std::byte, 10> header;
    const std::size_t header_bytes = net::EncodeFrameHeader(opcode, payload.size(), header);
    return SharedBytes::Build(header_bytes + payload.size(), [&](char* out) {
        std::memcpy(out, header.data(), header_bytes);
        if (!payload.empty()) std::memcpy(out + header_bytes, payload.data(), payload.size());
    });
}

void FrameQueue::Attach(net::WebSocket* socket) {
    socket_ = socket;
    Send();
}

bool FrameQueue::Push(SharedBytes frame, bool urgent) {
    if (closing_) return true;  // nothing follows a goodbye
    if (!urgent && bytes_ + frame.size() > bytes_max_) return false;
    const bool idle = frames_.empty();
    bytes_ += frame.size();
    frames_.push_back(std::move(frame));
    if (idle) Send();
    return true;
}

void FrameQueue::Send() {
    while (socket_ != nullptr && !frames_.empty()) {
        std::array<iovec, limits::kGatherFramesMax> parts;
        std::size_t count = 0;
        std::size_t offered = 0;
        for (const SharedBytes& frame : frames_) {
            if (count == parts.size()) break;
            const std::string_view rest = frame.view().substr(count == 0 ? sent_of_first_ : 0);
            parts[count++] = iovec{const_cast<char*>(rest.data()), rest.size()};
            offered += rest.size();
        }
        const Result<std::size_t> written = socket_->Write(std::span(parts.data(), count));
        if (!written) return;  // OnClosed follows
        bytes_ -= *written;
        for (std::size_t taken = sent_of_first_ + *written; !frames_.empty();) {
            sent_of_first_ = taken;
            if (taken < frames_.front().size()) break;
            taken -= frames_.front().size();
            frames_.pop_front();
            sent_of_first_ = taken;
        }
        if (*written < offered) return;  // OnWritable follows
    }
    if (closing_ && frames_.empty()) CloseNow();
}

void FrameQueue::CloseWhenSent() {
    closing_ = true;
    if (frames_.empty()) CloseNow();
}

void FrameQueue::CloseNow() {
    closing_ = true;
    if (net::WebSocket* const socket = std::exchange(socket_, nullptr)) socket->Close();
}

}  // namespace flux::simulator
