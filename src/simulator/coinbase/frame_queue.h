// The frames that wait for one socket of the simulator.
#pragma once

#include "base/shared_bytes.h"
#include "net/websocket.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

namespace flux::simulator {

/// `payload` as one whole frame, ready to be shared by every socket that gets it.
SharedBytes EncodeFrame(net::Opcode opcode, std::string_view payload);

/// A bounded queue in front of a WebSocket that has none. Thread: the socket's shard.
class FrameQueue {
public:
    explicit FrameQueue(std::size_t bytes_max)
        : bytes_max_(bytes_max) {}

    /// Frames go to `socket` from now on; nullptr when it is gone.
    void Attach(net::WebSocket* socket);

    /// Sends, or queues behind what waits. False when the queue is over its bound: nothing was
    /// queued. Control frames and goodbyes pass `urgent` and are always taken.
    [[nodiscard]] bool Push(SharedBytes frame, bool urgent = false);

    /// The socket takes bytes again.
    void OnWritable() { Send(); }

    /// Closes the socket once everything queued has been taken.
    void CloseWhenSent();

    /// Closes the socket now; what it has not taken is lost.
    void CloseNow();

    std::size_t bytes() const { return bytes_; }

private:
    void Send();

    const std::size_t bytes_max_;
    net::WebSocket* socket_ = nullptr;
    std::deque<SharedBytes> frames_;
    std::size_t sent_of_first_ = 0;
    std::size_t bytes_ = 0;  // not taken yet
    bool closing_ = false;
};

}  // namespace flux::simulator
