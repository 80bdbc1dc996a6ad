#include "simulator/coinbase/exchange.h"

#include "simulator/delivery.h"

#include <array>
#include <charconv>
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

Exchange::Exchange(
    Shard& shard,
    const World& world,
    const ExchangeOptions& options,
    std::vector<Recording> recordings
)
    : Source(world, "coinbase", "", {}),
      shard_(shard),
      options_(options),
      market_(shard.clock(), options.seed, std::move(recordings), options.speed),
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

void Exchange::Handle(net::HttpConnection& connection, const net::HttpRequest& request) {
    if (request.path != "/") return Source::Handle(connection, request);
    mutable_log().Add(request, "/");
    if (!MeetsConnectionFault(connection, request.target)) OnHandshake(connection, request);
}

void Exchange::OnHandshake(net::HttpConnection& connection, const net::HttpRequest& request) {
    std::optional<Answer> refusal;
    if (!connects_.Take(request.client)) {
        refusal = Refusal(429, std::nullopt);
    } else {
        refusal = FaultyStatus(request.target);
    }
    if (refusal) {
        stats_.declined.Add();
        mutable_log().Answered(refusal->status);
        return connection.Respond(ToResponse(std::move(*refusal)));
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
    mutable_log().Answered(101);
    stats_.sessions.Add();
    stats_.sessions_open.Add(1);
    FeedSession& opened = *sessions_.emplace(id, std::move(session)).first->second;
    opened.Open(socket);
}

void Exchange::Forget(const FeedSession& session) {
    stats_.sessions_open.Add(-1);
    sessions_.erase(session.id());
}

Answer Exchange::Refusal(int status, std::optional<int> retry_after) {
    const auto message = [status](std::string_view words) {
        JsonText json;
        json.Open('{').Text("message", words).Close();
        return Answer::Json(status, json.Take());
    };
    switch (status) {
        case 401:
            return message("Unauthorized.");
        case 403:
            return message("Forbidden");
        case 404:
            return message("NotFound");
        case 405:
            return message("MethodNotAllowed");
        case 429: {
            Answer answer = message("Public rate limit exceeded");
            if (retry_after) {
                answer.headers.emplace_back("Retry-After", std::to_string(*retry_after));
            }
            return answer;
        }
        default:
            return message("Internal server error");
    }
}

std::optional<Answer> Exchange::Admit(const Ask& ask) {
    stats_.requests.Add();
    if (!requests_.Take(ask.request.client)) return Refusal(429, std::nullopt);
    if (ask.Header("User-Agent").empty()) {
        return Answer::Json(400, R"({"message":"User-Agent header is required."})");
    }
    return std::nullopt;
}

Answer Exchange::Serve(const Ask& ask) {
    if (ask.path == "/products") return Answer::Json(200, market_.Products());
    return Product(ask);
}

Answer Exchange::Product(const Ask& ask) {
    constexpr std::string_view kProducts = "/products/";
    if (!ask.path.starts_with(kProducts)) return Refusal(404, std::nullopt);
    const std::string_view rest = ask.path.substr(kProducts.size());
    const std::size_t slash = rest.find('/');
    const Quote* const quote = market_.Find(rest.substr(0, slash));
    if (quote == nullptr) return Refusal(404, std::nullopt);
    if (slash == std::string_view::npos) return Answer::Json(200, EncodeProduct(quote->product));
    const std::string_view what = rest.substr(slash);
    if (what == "/ticker") return Answer::Json(200, market_.RestTicker(*quote));
    if (what != "/candles") return Refusal(404, std::nullopt);
    const std::string granularity = ask.Parameter("granularity");
    std::int64_t seconds = granularity.empty() ? 60 : 0;
    std::from_chars(granularity.data(), granularity.data() + granularity.size(), seconds);
    std::string rows = quote->candles->Json(seconds, quote->product.price_decimals);
    if (rows.empty()) return Answer::Json(400, R"({"message":"Unsupported granularity"})");
    return Answer::Json(200, std::move(rows));
}

const BodyShape& Exchange::shape() const {
    static const BodyShape kShape{
        {"status_message", "high_bid_limit_percentage", "max_slippage_percentage"},
        {"status_message",
         "high_bid_limit_percentage",
         "max_slippage_percentage",
         "fx_stablecoin",
         "auction_mode",
         "min_market_funds",
         "display_name"},
        {"display_name", "status_message"}};
    return kShape;
}

void Exchange::Inject(const Fault& fault) {
    switch (fault.kind) {
        case FaultKind::kDropSocket:
        case FaultKind::kSlowConsume:
            return EndSessions(fault);
        case FaultKind::kSequenceGap:
            return market_.SkipSequences(kSequenceLeap);
        case FaultKind::kDown:
            faults().Set(fault);
            return EndSessions(fault);
        default:
            return faults().Set(fault);
    }
}

void Exchange::EndSessions(const Fault& fault) {
    const bool all = fault.kind == FaultKind::kDown;
    std::uint32_t left = fault.count;
    for (auto& [id, session] : sessions_) {
        if (!all && left-- == 0) return;
        if (fault.kind == FaultKind::kSlowConsume) {
            session->EndAsSlow();
        } else {
            session->Drop();
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
    const Fault* const mute = faults().Active(FaultKind::kMute);
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
    const bool silent = faults().Active(FaultKind::kSilence) != nullptr;
    if (watchers.empty() || silent || Muted(quote)) return;

    SendOddities(quote, watchers);
    TickerForm form;
    form.sizes = !faults().Use(FaultKind::kMissingSizes);
    const SharedBytes frame = EncodeFrame(net::Opcode::kText, market_.Ticker(quote, form));
    SendAll(watchers, frame);
    stats_.tickers.Add(watchers.size());
    if (faults().Use(FaultKind::kDuplicate)) SendAll(watchers, frame);
    if (faults().Use(FaultKind::kOutOfOrder)) {
        form.sequence_shift = kOlderBy;
        SendAll(watchers, EncodeFrame(net::Opcode::kText, market_.Ticker(quote, form)));
    }
}

void Exchange::SendOddities(const Quote& quote, const std::vector<FeedSession*>& watchers) {
    if (faults().Use(FaultKind::kGarbage)) {
        SendAll(watchers, EncodeFrame(net::Opcode::kText, NextGarbage(quote)));
    }
    if (faults().Use(FaultKind::kUnknownType)) {
        constexpr std::string_view kNews = R"({"type":"status_v9","products":[{"id":null}]})";
        SendAll(watchers, EncodeFrame(net::Opcode::kText, kNews));
    }
    if (faults().Use(FaultKind::kHugeFrame)) {
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
    const Fault* const partial = faults().Active(FaultKind::kPartial);
    if (partial == nullptr) return {};
    std::string product = partial->product;
    if (product.empty() && !request.channels.front().products.empty()) {
        product = request.channels.front().products.back();
    }
    faults().Use(FaultKind::kPartial);
    return product;
}

void Exchange::SendFirstTicker(FeedSession& session, const std::string& product) {
    const Quote* const quote = market_.Find(product);
    if (quote == nullptr || Muted(*quote)) return;
    session.SendText(market_.Ticker(*quote));
    stats_.tickers.Add();
}

void Exchange::AppendState(JsonText& json) const {
    json.Open("sessions", '[');
    for (const auto& [id, session] : sessions_) {
        json.Open('{').Integer("id", static_cast<std::int64_t>(id));
        json.Integer("tickers", static_cast<std::int64_t>(session->tickers().size()));
        json.Integer("heartbeats", static_cast<std::int64_t>(session->heartbeats().size()));
        json.Integer("queued_bytes", static_cast<std::int64_t>(session->queued_bytes())).Close();
    }
    json.Close().Open("products", '[');
    for (const Quote& quote : market_.quotes()) {
        json.Open('{').Text("id", quote.product.id).Integer("price", quote.last.price);
        json.Integer("price_decimals", quote.product.price_decimals);
        json.Integer("sequence", quote.sequence).Close();
    }
    json.Close();
    const auto counter = [&json](std::string_view name, const Counter& value) {
        json.Integer(name, static_cast<std::int64_t>(value.value()));
    };
    counter("opened", stats_.sessions);
    counter("declined", stats_.declined);
    counter("subscribes", stats_.subscribes);
    counter("tickers", stats_.tickers);
    counter("heartbeats", stats_.heartbeats);
}

}  // namespace flux::simulator
