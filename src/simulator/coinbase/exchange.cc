#include "simulator/coinbase/exchange.h"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace flux::simulator {
namespace {

constexpr std::size_t kHugeFrameBytes = 512 * KiB;
constexpr std::int64_t kSequenceLeap = 1'000'000;
constexpr std::int64_t kOlderBy = -7;

}  // namespace

void Describe(MetricWriter& out, const ExchangeStats& stats) {
    out.Write("simulator_sessions", "Feed connections opened", stats.sessions);
    out.Write("simulator_declined", "Feed handshakes declined", stats.declined);
    out.Write("simulator_subscribes", "Subscribe requests", stats.subscribes);
    out.Write("simulator_tickers", "Ticker frames sent", stats.tickers);
    out.Write("simulator_heartbeats", "Heartbeat frames sent", stats.heartbeats);
    out.Write("simulator_requests", "REST requests", stats.requests);
    out.Write("simulator_slow_sessions", "Clients closed as too slow", stats.slow_sessions);
    out.Write(
        "simulator_first_message_missing",
        "Clients closed because they did not subscribe in time",
        stats.first_message_missing
    );
    out.Write("simulator_sessions_open", "Feed connections open", stats.sessions_open);
}

net::HttpResponse TooManyRequests(std::optional<int> retry_after) {
    auto response = net::HttpResponse::Json(429, R"({"message":"Public rate limit exceeded"})");
    if (retry_after) response.headers.emplace_back("Retry-After", std::to_string(*retry_after));
    return response;
}

std::optional<net::HttpResponse> FaultyResponse(FaultBoard& faults) {
    const Fault* const limit = faults.Active(FaultKind::kHttp429);
    const std::optional<int> retry_after = limit == nullptr ? std::nullopt : limit->retry_after;
    if (faults.Use(FaultKind::kHttp429)) return TooManyRequests(retry_after);
    if (faults.Use(FaultKind::kHttp500)) {
        return net::HttpResponse::Json(500, R"({"message":"Internal server error"})");
    }
    return std::nullopt;
}

Exchange::Exchange(Shard& shard, const ExchangeOptions& options, std::vector<Recording> recordings)
    : shard_(shard),
      options_(options),
      market_(shard.clock(), options.seed, std::move(recordings), options.speed),
      faults_(shard.clock()),
      connects_(shard.clock(), options.connects_per_second, options.connects_burst),
      requests_(shard.clock(), options.requests_per_second, options.requests_burst) {}

Exchange::~Exchange() = default;

void Exchange::Start() {
    stepped_ = shard_.clock().Now();
    shard_.timers().Arm(step_, stepped_ + options_.step);
    shard_.timers().Arm(heartbeat_, stepped_ + options_.heartbeat);
}

void Exchange::Stop() {
    step_.Disarm();
    heartbeat_.Disarm();
    for (auto& [id, session] : sessions_)
        session->Close(1001);
}

void Exchange::OnHandshake(net::HttpConnection& connection, const net::HttpRequest& request) {
    if (!connects_.Take(request.client)) {
        stats_.declined.Add();
        return connection.Respond(TooManyRequests(std::nullopt));
    }
    if (auto faulty = FaultyResponse(faults_)) {
        stats_.declined.Add();
        return connection.Respond(std::move(*faulty));
    }
    if (sessions_.size() >= options_.sessions_max) {
        stats_.declined.Add();
        return connection.Respond(net::HttpResponse::Text(503, "too many connections\n"));
    }
    const std::uint64_t id = next_session_++;
    auto session = std::make_unique<FeedSession>(*this, id);
    net::WebSocketOptions socket_options;
    socket_options.message_bytes_max = options_.message_bytes_max;
    net::WebSocket* const socket = connection.Upgrade(request, *session, socket_options);
    if (socket == nullptr) return;  // answered already
    stats_.sessions.Add();
    stats_.sessions_open.Add(1);
    FeedSession& opened = *sessions_.emplace(id, std::move(session)).first->second;
    opened.Open(socket);
}

void Exchange::Forget(const FeedSession& session) {
    stats_.sessions_open.Add(-1);
    sessions_.erase(session.id());
}

bool Exchange::TakeRequest(const net::IpAddress& address) {
    stats_.requests.Add();
    return requests_.Take(address);
}

void Exchange::Inject(const Fault& fault) {
    switch (fault.kind) {
        case FaultKind::kDropSocket:
        case FaultKind::kSlowConsume:
            return EndSessions(fault);
        case FaultKind::kSequenceGap:
            return market_.SkipSequences(kSequenceLeap);
        default:
            return faults_.Set(fault);
    }
}

void Exchange::EndSessions(const Fault& fault) {
    std::uint32_t left = fault.count;
    for (auto& [id, session] : sessions_) {
        if (left-- == 0) return;
        if (fault.kind == FaultKind::kDropSocket) {
            session->Drop();
        } else {
            session->EndAsSlow();
        }
    }
}

void Exchange::OnStep() {
    const SteadyTime now = shard_.clock().Now();
    const auto elapsed = std::chrono::duration_cast<Milliseconds>(now - stepped_);
    stepped_ += elapsed;
    shard_.timers().Arm(step_, now + options_.step);
    market_.Step(elapsed, [this](const Quote& quote) { OnTrade(quote); });
}

void Exchange::OnHeartbeat() {
    shard_.timers().Arm(heartbeat_, shard_.clock().Now() + options_.heartbeat);
    std::map<std::string_view, SharedBytes> frames;
    for (auto& [id, session] : sessions_) {
        for (const std::string& product : session->heartbeats()) {
            const Quote* const quote = market_.Find(product);
            if (quote == nullptr || Muted(*quote)) continue;
            SharedBytes& frame = frames[quote->product.id];
            if (frame.empty()) {
                frame = EncodeFrame(net::Opcode::kText, market_.Heartbeat(*quote));
            }
            session->Send(frame);
            stats_.heartbeats.Add();
        }
    }
}

bool Exchange::Muted(const Quote& quote) const {
    const Fault* const mute = faults_.Active(FaultKind::kMute);
    return mute != nullptr && (mute->product.empty() || mute->product == quote.product.id);
}

void Exchange::SendAll(const std::vector<FeedSession*>& watchers, const SharedBytes& frame) {
    for (FeedSession* const session : watchers)
        session->Send(frame);
}

void Exchange::OnTrade(const Quote& quote) {
    std::vector<FeedSession*> watchers;
    for (auto& [id, session] : sessions_)
        if (session->WantsTicker(quote.product.id)) watchers.push_back(session.get());
    // Faults of frames wait while nothing is sent: each must reach somebody to have happened.
    const bool silent = faults_.Active(FaultKind::kSilence) != nullptr;
    if (watchers.empty() || silent || Muted(quote)) return;

    SendOddities(quote, watchers);
    TickerForm form;
    form.sizes = !faults_.Use(FaultKind::kMissingSizes);
    const SharedBytes frame = EncodeFrame(net::Opcode::kText, market_.Ticker(quote, form));
    SendAll(watchers, frame);
    stats_.tickers.Add(watchers.size());
    if (faults_.Use(FaultKind::kDuplicate)) SendAll(watchers, frame);
    if (faults_.Use(FaultKind::kOutOfOrder)) {
        form.sequence_shift = kOlderBy;
        SendAll(watchers, EncodeFrame(net::Opcode::kText, market_.Ticker(quote, form)));
    }
}

void Exchange::SendOddities(const Quote& quote, const std::vector<FeedSession*>& watchers) {
    if (faults_.Use(FaultKind::kGarbage)) {
        SendAll(watchers, EncodeFrame(net::Opcode::kText, NextGarbage(quote)));
    }
    if (faults_.Use(FaultKind::kUnknownType)) {
        constexpr std::string_view kNews = R"({"type":"status_v9","products":[{"id":null}]})";
        SendAll(watchers, EncodeFrame(net::Opcode::kText, kNews));
    }
    if (faults_.Use(FaultKind::kHugeFrame)) {
        const std::string huge = R"({"type":"ticker","x":")" + std::string(kHugeFrameBytes, 'x');
        SendAll(watchers, EncodeFrame(net::Opcode::kText, huge + "\"}"));
    }
}

std::string Exchange::NextGarbage(const Quote& quote) {
    const std::string ticker = market_.Ticker(quote);
    const std::string& id = quote.product.id;
    switch (next_garbage_++ % 8) {
        case 0:
            return "<html>502 Bad Gateway</html>";
        case 1:
            return ticker.substr(0, ticker.size() / 2);
        case 2:
            return fmt::format(R"({{"type":"ticker","product_id":"{}","sequence":"x"}})", id);
        case 3:
            return R"(["ticker",1,2,3])";
        case 4:
            return std::string(500, '[');
        case 5:
            return R"({"type":42})";
        case 6:
            return fmt::format(
                R"({{"type":"ticker","sequence":{},"product_id":"{}",)"
                R"("price":"<img src=x onerror=alert(1)>","open_24h":"1","volume_24h":"1",)"
                R"("low_24h":"1","high_24h":"1","best_bid":"1","best_ask":"1"}})",
                quote.sequence + 1,
                id
            );
        default:
            return ticker + ticker;
    }
}

std::string Exchange::ProductToRefuse(const FeedRequest& request) {
    const Fault* const partial = faults_.Active(FaultKind::kPartial);
    if (partial == nullptr) return {};
    std::string product = partial->product;
    if (product.empty() && !request.channels.front().products.empty()) {
        product = request.channels.front().products.back();
    }
    faults_.Use(FaultKind::kPartial);
    return product;
}

void Exchange::SendFirstTicker(FeedSession& session, const std::string& product) {
    const Quote* const quote = market_.Find(product);
    if (quote == nullptr || Muted(*quote)) return;
    session.SendText(market_.Ticker(*quote));
    stats_.tickers.Add();
}

std::string Exchange::StateJson() const {
    std::string sessions;
    for (const auto& [id, session] : sessions_) {
        if (!sessions.empty()) sessions += ',';
        sessions += fmt::format(
            R"({{"id":{},"tickers":{},"heartbeats":{},"queued_bytes":{}}})",
            id,
            session->tickers().size(),
            session->heartbeats().size(),
            session->queued_bytes()
        );
    }
    std::string products;
    for (const Quote& quote : market_.quotes()) {
        if (!products.empty()) products += ',';
        products += fmt::format(
            R"({{"id":"{}","price":{},"price_decimals":{},"sequence":{}}})",
            quote.product.id,
            quote.last.price,
            quote.product.price_decimals,
            quote.sequence
        );
    }
    return fmt::format(
        R"({{"sessions":[{}],"faults":{},"products":[{}],"opened":{},"declined":{},)"
        R"("subscribes":{},"tickers":{},"heartbeats":{}}})",
        sessions,
        faults_.ToJson(),
        products,
        stats_.sessions.value(),
        stats_.declined.value(),
        stats_.subscribes.value(),
        stats_.tickers.value(),
        stats_.heartbeats.value()
    );
}

}  // namespace flux::simulator
