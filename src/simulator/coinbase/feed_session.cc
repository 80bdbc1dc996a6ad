#include "simulator/coinbase/feed_session.h"

#include "json/json_check.h"
#include "simulator/coinbase/exchange.h"

#include <algorithm>
#include <array>

namespace flux::simulator {
namespace {

constexpr std::string_view kSlowConsume =
    R"({"type":"error","message":"ErrSlowConsume","reason":"the client reads too slowly"})";

void AppendChannel(
    std::string& ack, std::string_view name, const std::set<std::string, std::less<>>& products
) {
    if (products.empty()) return;
    if (ack.back() == '}') ack += ',';
    ack += R"({"name":")";
    ack += name;
    ack += R"(","product_ids":[)";
    for (const std::string& product : products) {
        if (ack.back() != '[') ack += ',';
        json::AppendQuoted(ack, product);
    }
    ack += R"(],"account_ids":null})";
}

}  // namespace

FeedSession::FeedSession(Exchange& exchange, std::uint64_t id)
    : exchange_(exchange),
      id_(id),
      queue_(exchange.options().queue_bytes_max) {}

void FeedSession::Open(net::WebSocket* socket) {
    Shard& shard = exchange_.shard();
    shard.timers().Arm(
        first_message_due_, shard.clock().Now() + exchange_.options().first_message_time_max
    );
    queue_.Attach(socket);
}

void FeedSession::Send(const SharedBytes& frame) {
    if (exchange_.faults().Active(FaultKind::kSilence) != nullptr) return;
    if (!queue_.Push(frame)) EndAsSlow();
}

void FeedSession::SendText(std::string_view payload) {
    Send(EncodeFrame(net::Opcode::kText, payload));
}

void FeedSession::EndAsSlow() {
    exchange_.stats().slow_sessions.Add();
    [[maybe_unused]] const bool queued =
        queue_.Push(EncodeFrame(net::Opcode::kText, kSlowConsume), true);
    queue_.CloseNow();
}

void FeedSession::Drop() {
    queue_.CloseNow();
}

void FeedSession::Close(std::uint16_t code) {
    const std::array<char, 2> bytes{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    const std::string_view payload(bytes.data(), code == 1005 ? 0 : bytes.size());
    [[maybe_unused]] const bool queued =
        queue_.Push(EncodeFrame(net::Opcode::kClose, payload), true);
    queue_.CloseWhenSent();
}

void FeedSession::OnFirstMessageDue() {
    exchange_.stats().first_message_missing.Add();
    Close(1008);
}

bool FeedSession::TooManyMessages() {
    const SteadyTime now = exchange_.shard().clock().Now();
    if (now - second_began_ >= std::chrono::seconds(1)) {
        second_began_ = now;
        messages_this_second_ = 0;
    }
    return ++messages_this_second_ > exchange_.options().messages_per_second;
}

void FeedSession::OnMessage(net::Opcode, std::string_view payload) {
    if (TooManyMessages()) {
        SendText(R"({"type":"error","message":"ErrSlowRead","reason":"too many messages"})");
        return Close(1008);
    }
    const Result<FeedRequest> request = ParseFeedRequest(payload);
    if (!request) return Refuse(request.error().context);
    first_message_due_.Disarm();
    if (request->subscribe) {
        Subscribe(*request);
    } else {
        Unsubscribe(*request);
    }
}

std::set<std::string, std::less<>>* FeedSession::FindChannel(std::string_view name) {
    if (name == "ticker") return &tickers_;
    if (name == "heartbeat") return &heartbeats_;
    if (name == "level2" || name == "level3" || name == "full" || name == "user") {
        Refuse("level2, level3, full and user channels now require authentication");
    } else {
        Refuse(std::string(name.substr(0, 40)) + " is not a valid channel");
    }
    return nullptr;
}

void FeedSession::Subscribe(const FeedRequest& request) {
    exchange_.stats().subscribes.Add();
    const std::string refused = exchange_.ProductToRefuse(request);
    std::set<std::string> invalid;
    std::vector<std::string> fresh;
    for (const FeedRequest::Channel& channel : request.channels) {
        auto* const products = FindChannel(channel.name);
        if (products == nullptr) continue;
        for (const std::string& product : channel.products) {
            const Quote* const quote = exchange_.market().Find(product);
            if (quote == nullptr || !quote->product.online || product == refused) {
                invalid.insert(product);
            } else if (products->insert(product).second && products == &tickers_) {
                fresh.push_back(product);
            }
        }
    }
    for (const std::string& product : invalid)
        Refuse(product.substr(0, 40) + " is not a valid product");
    if (tickers_.empty() && heartbeats_.empty()) return;  // nothing was valid: no acknowledgement
    if (!exchange_.faults().Use(FaultKind::kNoAck)) Acknowledge();
    for (const std::string& product : fresh)
        exchange_.SendFirstTicker(*this, product);
}

void FeedSession::Unsubscribe(const FeedRequest& request) {
    for (const FeedRequest::Channel& channel : request.channels) {
        auto* const products = FindChannel(channel.name);
        if (products == nullptr) continue;
        if (channel.products.empty()) products->clear();
        for (const std::string& product : channel.products)
            products->erase(product);
    }
    Acknowledge();
}

void FeedSession::Refuse(std::string_view reason) {
    std::string frame = R"({"type":"error","message":"Failed to subscribe","reason":)";
    json::AppendQuoted(frame, reason);
    SendText(frame + "}");
}

void FeedSession::Acknowledge() {
    std::string ack = R"({"type":"subscriptions","channels":[)";
    AppendChannel(ack, "ticker", tickers_);
    AppendChannel(ack, "heartbeat", heartbeats_);
    SendText(ack + "]}");
}

void FeedSession::OnPing(std::string_view payload) {
    Send(EncodeFrame(net::Opcode::kPong, payload));
}

void FeedSession::OnCloseFrame(std::uint16_t code, std::string_view) {
    Close(code);
}

void FeedSession::OnFault(std::uint16_t code, std::string_view) {
    Close(code);
}

void FeedSession::OnClosed() {
    first_message_due_.Disarm();
    queue_.Attach(nullptr);
    exchange_.Forget(*this);  // `this` is gone
}

}  // namespace flux::simulator
