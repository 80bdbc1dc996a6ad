// A connection that speaks HTTP/1.1.
#pragma once

#include "net/connection.h"
#include "net/http.h"
#include "net/http_parser.h"
#include "net/net_shard.h"
#include "net/pending_body.h"
#include "runtime/timer_wheel.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace flux::net {

class WebSocketSession;

/// Reads requests one at a time, hands each to the application mounted at its path and writes the
/// answer. Between requests it holds no buffer. On an upgrade it gives its stream away and ends.
/// Thread: its shard's.
class HttpSession final : public Connection, public HttpConnection {
public:
    HttpSession(NetShard& home, Arrival arrival);

    /// Begins to read. Call once it is kept by its shard.
    void Start();

    void Respond(HttpResponse response) override;
    bool RespondWatched(HttpResponse response, UniqueFunction<void(Sent)> sent) override;
    std::size_t unsent_bytes() const override;
    void Abort() override;
    void OnAborted(UniqueFunction<void()> aborted) override { on_aborted_ = std::move(aborted); }
    void RespondScripted(WireScript script) override;
    WebSocket* Upgrade(
        const HttpRequest& request, WebSocketHandler& handler, const WebSocketOptions& options
    ) override;

    void OnPoll(std::uint32_t events) override;
    void OnResume() override;
    void OnDrain() override {
        if (phase_ == Phase::kHead && input_.empty()) Close(Farewell::kLinger);
    }
    void OnBuried() override;
    void Abandon() override { Close(Farewell::kLinger); }

private:
    enum class Phase : std::uint8_t { kHead, kBody, kHandling, kWriting, kEnded };
    enum class Late : std::uint8_t { kNothing, kHandshake, kNextRequest, kHead, kBody, kReader };
    enum class Farewell : std::uint8_t { kLinger, kAtOnce };

    /// What the socket did not take of a response.
    struct Outgoing {
        std::string head;
        SharedBytes body;
        std::size_t sent = 0;      // of head and body together
        std::size_t sent_due = 0;  // by the deadline, to earn another
        bool too_slow = false;
        UniqueFunction<void(Sent)> on_sent;
    };

    void ReadInput();
    void Consume(std::span<char> fresh);
    std::size_t Process(std::string_view data);
    std::size_t TakeHead(std::string_view data);
    std::size_t BeginRequest(std::string_view data, std::size_t head_bytes);
    std::size_t BeginBody(
        std::string_view data, std::size_t head_bytes, const RequestFraming& framing
    );
    std::size_t TakeBody(std::string_view data);
    std::size_t MoveHome(ShardId home, std::string_view data);
    void BeginHandling(const HttpRequest& request);
    void Handle(const HttpRequest& request);
    void RefuseHost(const HttpRequest& request, const RequestFraming& framing);
    void RefuseBody(const HttpFault& fault);
    void DescribePeer(HttpRequest& request) const;
    void Refuse(HttpFault fault);
    bool CoverHandshake();
    void ChargeInput();
    bool CoverInput();
    void GiveUpInput();

    void WriteResponse(std::string_view head, const SharedBytes& body);
    void Flush();
    void AfterResponse();

    void Watch(std::uint32_t events);
    void ExpectBy(Late what);
    void OnLate();
    void Close(Farewell farewell);

    NetShard& home_;
    Site& site_;
    Stream stream_;
    ConnectionBudget::Ticket ticket_;
    const IpAddress peer_;
    Phase phase_ = Phase::kHead;
    Late late_ = Late::kNothing;
    bool routed_ = false;            // HomeOf was answered for this request
    bool waiting_for_turn_ = false;  // OnResume will be called
    bool processing_ = false;        // Process is on the stack: it goes on by itself
    bool is_head_ = false;           // of the request being handled
    bool keep_alive_ = true;         // of the request being handled
    bool aborted_ = false;           // ended while a request was being handled
    std::uint8_t minor_version_ = 1;
    bool secure_ = false;  // the request being answered came over TLS, here or at a trusted proxy
    std::uint8_t blank_lines_ = 0;
    std::uint32_t watched_ = 0;
    HeadScanner scanner_;
    HttpApp* app_ = nullptr;
    std::string input_;                                    // read, not yet consumed
    std::unique_ptr<InboundBudget::Charge> input_charge_;  // while there is much of it
    std::unique_ptr<PendingBody> pending_body_;
    std::unique_ptr<Outgoing> outgoing_;
    UniqueFunction<void()> on_aborted_;
    WebSocketSession* upgraded_ = nullptr;
    MemberTimer<HttpSession, &HttpSession::OnLate> deadline_{*this};
};

}  // namespace flux::net
