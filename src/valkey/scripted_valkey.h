// A server for the tests of the client: it answers what it is told to, right or wrong.
#pragma once

#include "runtime/shard.h"
#include "runtime/task.h"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace flux::valkey::testing {

using Words = std::vector<std::string>;

/// What the server does about one command.
struct Move {
    std::string bytes;      ///< sent as they are; none: no answer
    bool close = false;     ///< and then the connection ends
    Milliseconds after{0};  ///< so long after the command; what comes behind it waits as well
};

/// Accepts connections on a free port of 127.0.0.1. Thread: the shard's; lives until the shard has
/// stopped.
class ScriptedValkey {
public:
    explicit ScriptedValkey(Shard& shard);
    ~ScriptedValkey();

    std::uint16_t port() const;

    /// Asked for every command but PING and AUTH, which are answered well unless `hello` says
    /// otherwise.
    void OnCommand(std::function<Move(const Words&)> answer);
    void OnHello(std::function<Move(const Words&)> hello);

    /// Sends to the newest connection.
    void Send(const std::string& bytes);
    /// Ends the newest connection.
    void Drop();
    /// Takes no more connections: connecting is refused.
    void Leave();

    const std::vector<Words>& heard() const;
    std::size_t connections() const;
    std::size_t reads() const;  ///< from sockets: fewer than commands when they came together

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace flux::valkey::testing
