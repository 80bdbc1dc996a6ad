// Everything net has on one shard: the poller, the read buffer, the connections, the counters.
#pragma once

#include "net/connection.h"
#include "net/connection_budget.h"
#include "net/inflater.h"
#include "net/listener.h"
#include "net/net_stats.h"
#include "net/poller.h"
#include "net/stream.h"
#include "runtime/shard.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flux::net {

class Acceptor;

/// A connection on its way to the shard that will serve it.
struct Arrival {
    Stream stream;
    ConnectionBudget::Ticket ticket;
    IpAddress peer;
    std::size_t listener = 0;  ///< Listener::index
    std::string input;         ///< what another shard has read already
    bool routed = false;       ///< moved here for the request in `input`: HomeOf is not asked again
};

/// Thread: its shard's.
class NetShard final : public TurnHook {
public:
    /// `peers`: all NetShards of the server, by shard number, this one included.
    NetShard(Shard& shard, const std::vector<std::unique_ptr<NetShard>>& peers, NetStats& stats);
    NetShard(const NetShard&) = delete;
    NetShard& operator=(const NetShard&) = delete;
    ~NetShard() override;

    Shard& shard() { return shard_; }
    Poller& poller() { return poller_; }
    NetStats& stats() { return stats_; }

    /// One read goes here; what must live longer than the callback is copied by the connection.
    std::span<char> read_buffer() { return read_buffer_; }

    /// Of all compressed messages of this shard.
    Inflater& inflater() { return inflater_; }

    /// Reused for every request, one at a time: its vector keeps its memory.
    HttpRequest& scratch_request() { return scratch_request_; }
    std::string& scratch_text() { return scratch_text_; }

    /// The Date header's value, made once per second.
    std::string_view date();

    /// Applications of the listener that has this index; they come in the order of Listen.
    void AddSite(std::unique_ptr<Site> site) { sites_.push_back(std::move(site)); }
    Site& site(std::size_t listener) { return *sites_[listener]; }

    void AddAcceptor(std::unique_ptr<Acceptor> acceptor);

    /// Begins to serve a connection, or closes it when the server has stopped.
    void Adopt(Arrival arrival);

    /// Sends `arrival` to `home`. False when that shard's mailbox is full; `arrival` is then
    /// untouched.
    [[nodiscard]] bool MoveTo(ShardId home, Arrival& arrival);

    /// Takes ownership. The connection must be in the poller already or go there itself.
    void Keep(std::unique_ptr<Connection> connection);

    /// The connection has ended: it is destroyed at the end of the turn. It must have left the
    /// poller.
    void Bury(Connection& connection);

    /// Calls connection.OnResume() at the end of this turn.
    void ResumeSoon(Connection& connection);

    /// Ends a connection so that the peer reads all that was sent: after our end it may still send
    /// for a moment, or the kernel would answer with a reset that overtakes our last bytes.
    void LingerAndClose(Stream stream);

    /// Step one of a stop: no more connections, idle ones end.
    void StopAccepting();
    bool draining() const { return draining_; }

    /// Step two: every connection ends, then the applications.
    void StopAll();

    std::size_t connections() const { return connections_; }

    void AtTurnEnd() override;

private:
    void ForEachConnection(void (Connection::*call)());
    void ResumeAll();
    void Sweep();

    Shard& shard_;
    const std::vector<std::unique_ptr<NetShard>>& peers_;
    std::vector<char> read_buffer_;
    Inflater inflater_;
    HttpRequest scratch_request_;
    std::string scratch_text_;
    std::string date_;
    WallMillis date_second_ = -1;
    NetStats& stats_;
    bool draining_ = false;
    bool stopped_ = false;
    std::vector<std::unique_ptr<Site>> sites_;
    Poller poller_;
    std::vector<std::unique_ptr<Acceptor>> acceptors_;
    Connection* first_ = nullptr;
    std::size_t connections_ = 0;
    std::vector<Connection*> resuming_;
    std::vector<Connection*> calling_;  // scratch of ForEachConnection and ResumeAll
    std::vector<std::unique_ptr<Connection>> graveyard_;
};

}  // namespace flux::net
