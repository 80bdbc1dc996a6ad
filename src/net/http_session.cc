#include "net/http_session.h"

#include "base/assert.h"
#include "limits/limits.h"
#include "net/forwarded.h"
#include "net/http_refusals.h"
#include "net/response_head.h"
#include "net/scripted_session.h"
#include "net/websocket_extensions.h"
#include "net/websocket_handshake.h"
#include "net/websocket_session.h"

#include <algorithm>
#include <array>
#include <sys/epoll.h>
#include <utility>

namespace flux::net {
namespace {

constexpr std::uint32_t kReading = EPOLLIN | EPOLLRDHUP;

iovec PartOf(std::string_view text) {
    return {const_cast<char*>(text.data()), text.size()};
}

}  // namespace

HttpSession::HttpSession(NetShard& home, Arrival arrival)
    : home_(home),
      site_(home.site(arrival.listener)),
      stream_(std::move(arrival.stream)),
      ticket_(std::move(arrival.ticket)),
      peer_(arrival.peer),
      routed_(arrival.routed),
      input_(std::move(arrival.input)) {}

void HttpSession::Start() {
    watched_ = kReading;
    if (!home_.poller().Add(stream_.descriptor(), watched_, *this)) {
        home_.stats().refused_kernel.Add();
        return Close(Farewell::kAtOnce);
    }
    if (routed_) {
        home_.stats().moved_in.Add();
    } else {
        home_.stats().accepted.Add();
    }
    if (!input_.empty()) return Consume({});
    if (home_.draining()) return Close(Farewell::kLinger);
    if (!stream_.in_handshake()) return ExpectBy(Late::kNextRequest);
    if (!CoverHandshake()) {
        home_.stats().refused_inbound.Add();
        return Close(Farewell::kAtOnce);
    }
    ExpectBy(Late::kHandshake);
}

/// A half-open TLS handshake counts as unfinished input, at its worst.
bool HttpSession::CoverHandshake() {
    ChargeInput();
    return input_charge_->Cover(limits::kTlsHandshakeBytes);
}

void HttpSession::ChargeInput() {
    InboundBudget& budget = site_.listener().inbound;
    // Not charged for its address: a trusted proxy, and whose request it is shows in its head.
    input_charge_ = ticket_.charged() ? std::make_unique<InboundBudget::Charge>(budget, peer_)
                                      : std::make_unique<InboundBudget::Charge>(budget);
}

// --- reading ---

void HttpSession::OnPoll(std::uint32_t events) {
    switch (phase_) {
        case Phase::kEnded:
            return;
        case Phase::kWriting:
            return Flush();
        case Phase::kHandling:
            if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
                return Close(Farewell::kAtOnce);
            }
            // A pipelined request: it waits in the kernel until this one is answered.
            return Watch(EPOLLRDHUP);
        case Phase::kHead:
        case Phase::kBody:
            // A TLS handshake's answer may have found the socket full.
            if ((events & EPOLLOUT) != 0 && stream_.Flush()) Watch(kReading);
            return ReadInput();
    }
}

void HttpSession::ReadInput() {
    // Whole requests that wait for their turn come first; the socket stays readable meanwhile.
    if (phase_ == Phase::kHead && waiting_for_turn_) return;
    const std::span<char> buffer = home_.read_buffer();
    const IoOutcome got = stream_.Read(buffer);
    if (stream_.WantsWrite()) Watch(kReading | EPOLLOUT);
    if (late_ == Late::kHandshake && !stream_.in_handshake()) {
        input_charge_.reset();
        ExpectBy(Late::kNextRequest);
    }
    if (got.status == IoStatus::kBlocked) return;
    if (got.status != IoStatus::kOk) {
        if (stream_.in_handshake()) home_.stats().tls_faults.Add();
        return Close(Farewell::kAtOnce);
    }
    home_.stats().bytes_in.Add(got.bytes);
    Consume(buffer.subspan(0, got.bytes));
}

void HttpSession::OnResume() {
    waiting_for_turn_ = false;
    if (phase_ == Phase::kHead && !input_.empty()) Consume({});
}

/// Processes what is held and what has just been read, and holds what is left.
void HttpSession::Consume(std::span<char> fresh) {
    const bool held = !input_.empty();
    if (held) input_.append(fresh.data(), fresh.size());
    const std::span<char> data = held ? std::span<char>(input_) : fresh;
    processing_ = true;
    const std::size_t used = Process({data.data(), data.size()});
    processing_ = false;
    const std::span<char> rest = data.subspan(used);
    if (upgraded_ != nullptr) {
        std::exchange(upgraded_, nullptr)->TakeInput(rest);
        return;
    }
    if (phase_ == Phase::kEnded) return;
    if (rest.empty()) {
        std::string().swap(input_);
    } else if (held) {
        input_.erase(0, used);
    } else {
        input_.assign(rest.data(), rest.size());
    }
    if (!CoverInput()) return GiveUpInput();
    if (phase_ == Phase::kHead) ExpectBy(input_.empty() ? Late::kNextRequest : Late::kHead);
}

/// Counts what is held of requests that are not whole, or wait for the answer of one before.
bool HttpSession::CoverInput() {
    if (input_.capacity() <= limits::kInboundFreeBytes) {
        input_charge_.reset();
        return true;
    }
    if (input_charge_ == nullptr) ChargeInput();
    return input_charge_->Cover(input_.capacity());
}

void HttpSession::GiveUpInput() {
    home_.stats().refused_inbound.Add();
    std::string().swap(input_);
    input_charge_.reset();
    const bool answered = phase_ == Phase::kHandling || phase_ == Phase::kWriting;
    if (answered) return Close(Farewell::kAtOnce);
    Refuse(kInboundFull);
}

/// Returns how many bytes were used up.
std::size_t HttpSession::Process(std::string_view data) {
    std::size_t used = 0;
    for (std::size_t requests = 0;; ++requests) {
        const std::string_view rest = data.substr(used);
        if (rest.empty() || (phase_ != Phase::kHead && phase_ != Phase::kBody)) return used;
        if (requests >= limits::kRequestsPerTurnMax) {
            waiting_for_turn_ = true;
            home_.ResumeSoon(*this);
            return used;
        }
        const std::size_t taken = phase_ == Phase::kHead ? TakeHead(rest) : TakeBody(rest);
        if (taken == 0) return used;
        used += taken;
    }
}

/// Takes a head, and the body behind it if it is there. 0 while bytes are missing.
std::size_t HttpSession::TakeHead(std::string_view data) {
    const ListenerOptions& options = site_.listener().options;
    switch (scanner_.Scan(data, {options.head_bytes_max, options.head_lines_max})) {
        case HeadScanner::State::kNeedMore:
            return 0;
        case HeadScanner::State::kFault:
            Refuse(scanner_.fault());
            return 0;
        case HeadScanner::State::kComplete:
            break;
    }
    const std::size_t head_bytes = scanner_.head_bytes();
    scanner_ = HeadScanner{};
    if (head_bytes == 2) {  // one empty line before a request is forgiven (RFC 9112 2.2)
        if (++blank_lines_ > 1) Refuse(kBlankLines);
        return head_bytes;
    }
    blank_lines_ = 0;
    return BeginRequest(data, head_bytes);
}

std::size_t HttpSession::BeginRequest(std::string_view data, std::size_t head_bytes) {
    HttpRequest& request = home_.scratch_request();
    RequestFraming framing;
    if (const auto fault = ParseHead(data.substr(0, head_bytes), request, framing)) {
        Refuse(*fault);
        return head_bytes;
    }
    DescribePeer(request);
    if (!site_.listener().hosts.Allows(request)) {
        RefuseHost(request, framing);
        return head_bytes;
    }
    app_ = site_.Find(request.path);
    if (app_ == nullptr) {
        home_.stats().http_faults.Add();
        BeginHandling(request);
        keep_alive_ = keep_alive_ && !framing.has_body();
        Respond(HttpResponse::Text(404, "Nothing is served at this address.\n"));
        return head_bytes;
    }
    if (!std::exchange(routed_, true)) {
        const std::optional<ShardId> home = app_->HomeOf(request);
        if (home && *home != home_.shard().id()) return MoveHome(*home, data);
    }
    if (framing.has_body()) {
        if (framing.content_length > app_->BodyBytesMax(request)) {
            app_->OnBodyTooLarge(request);
            Refuse(kBodyTooLarge);
            return head_bytes;
        }
        return BeginBody(data, head_bytes, framing);
    }
    Handle(request);
    return head_bytes;
}

/// Takes the body from `data` when it is there, else begins to collect it.
std::size_t HttpSession::BeginBody(
    std::string_view data, std::size_t head_bytes, const RequestFraming& framing
) {
    HttpRequest& request = home_.scratch_request();
    const std::string_view behind = data.substr(head_bytes);
    if (!framing.chunked && behind.size() >= framing.content_length) {
        request.body = behind.substr(0, framing.content_length);
        Handle(request);
        return head_bytes + framing.content_length;
    }
    if (!app_->WantsBody(request)) {
        request.keep_alive = false;  // where the next request would begin, nobody will know
        Handle(request);
        return head_bytes;
    }
    pending_body_ = std::make_unique<PendingBody>(
        site_.listener().inbound,
        request.client,
        data.substr(0, head_bytes),
        framing,
        app_->BodyBytesMax(request)
    );
    phase_ = Phase::kBody;
    ExpectBy(Late::kBody);
    if (framing.expects_continue && behind.empty()) {
        const iovec interim = PartOf("HTTP/1.1 100 Continue\r\n\r\n");
        const IoOutcome wrote = stream_.Write({&interim, 1});
        // A socket that cannot take these bytes now has a peer that does not wait for them.
        if (wrote.bytes < interim.iov_len) Close(Farewell::kAtOnce);
    }
    return head_bytes;
}

std::size_t HttpSession::TakeBody(std::string_view data) {
    std::string_view rest = data;
    switch (pending_body_->Take(rest)) {
        case PendingBody::State::kNeedMore:
            return data.size();
        case PendingBody::State::kNoBudget:
            GiveUpInput();
            return data.size();
        case PendingBody::State::kFault:
            RefuseBody(pending_body_->fault());
            return data.size();
        case PendingBody::State::kWhole:
            break;
    }
    // The views of the first parse pointed into a buffer that is gone.
    const std::unique_ptr<PendingBody> whole = std::move(pending_body_);
    HttpRequest& request = home_.scratch_request();
    RequestFraming framing;
    const std::optional<HttpFault> fault = ParseHead(whole->head(), request, framing);
    FLUX_ASSERT(!fault);
    DescribePeer(request);
    request.body = whole->body();
    Handle(request);
    return data.size() - rest.size();
}

/// A body that went wrong while it came.
void HttpSession::RefuseBody(const HttpFault& fault) {
    if (fault.status == kBodyTooLarge.status) {
        HttpRequest& request = home_.scratch_request();
        RequestFraming framing;
        const std::optional<HttpFault> head_fault =
            ParseHead(pending_body_->head(), request, framing);
        FLUX_ASSERT(!head_fault);
        DescribePeer(request);
        app_->OnBodyTooLarge(request);
    }
    Refuse(fault);
}

/// No application sees a request that was meant for somebody else's domain.
void HttpSession::RefuseHost(const HttpRequest& request, const RequestFraming& framing) {
    home_.stats().http_foreign_hosts.Add();
    BeginHandling(request);
    keep_alive_ = keep_alive_ && !framing.has_body();
    Respond(HttpResponse::Json(
        403,
        "{\"error\":\"the Host header names somebody else; use an address or localhost, or add "
        "the name to " +
            site_.listener().options.hosts_setting + "\"}"
    ));
}

void HttpSession::DescribePeer(HttpRequest& request) const {
    request.peer = peer_;
    ReadForwarded(request, site_.listener().options.trusted_proxies);
    if (stream_.encrypted()) request.secure = true;
}

/// Sends this connection, with the request that begins at `data`, to the shard of its session.
std::size_t HttpSession::MoveHome(ShardId home, std::string_view data) {
    home_.poller().Remove(stream_.descriptor());
    Arrival arrival;
    arrival.stream = std::move(stream_);
    arrival.ticket = std::move(ticket_);
    arrival.peer = peer_;
    arrival.listener = site_.listener().index;
    arrival.input.assign(data);
    arrival.routed = true;
    if (home_.MoveTo(home, arrival)) {
        Close(Farewell::kAtOnce);
        return data.size();
    }
    home_.stats().refused_home_full.Add();
    stream_ = std::move(arrival.stream);
    ticket_ = std::move(arrival.ticket);
    if (!home_.poller().Add(stream_.descriptor(), watched_, *this)) {
        home_.stats().refused_kernel.Add();
        Close(Farewell::kAtOnce);
    } else {
        Refuse(kHomeBusy);
    }
    return data.size();
}

void HttpSession::BeginHandling(const HttpRequest& request) {
    phase_ = Phase::kHandling;
    late_ = Late::kNothing;
    deadline_.Disarm();
    is_head_ = request.method == Method::kHead;
    keep_alive_ = request.keep_alive;
    minor_version_ = static_cast<std::uint8_t>(request.minor_version);
    secure_ = request.secure;
}

void HttpSession::Handle(const HttpRequest& request) {
    BeginHandling(request);
    home_.stats().http_requests.Add();
    app_->OnRequest(*this, request);
}

// --- answering ---

void HttpSession::Refuse(HttpFault fault) {
    pending_body_.reset();
    home_.stats().http_faults.Add();
    phase_ = Phase::kHandling;
    keep_alive_ = false;
    is_head_ = false;
    minor_version_ = 1;
    secure_ = stream_.encrypted();
    Respond(HttpResponse::Text(fault.status, fault.sentence));
}

void HttpSession::Respond(HttpResponse response) {
    on_aborted_ = nullptr;
    aborted_ = false;
    if (phase_ == Phase::kEnded) return;  // the peer left; its owner hears of it this turn
    FLUX_ASSERT(phase_ == Phase::kHandling);
    keep_alive_ = keep_alive_ && !response.close && !home_.draining();
    const auto digit = static_cast<std::size_t>(response.status / 100);
    if (digit < home_.stats().http_responses.size()) home_.stats().http_responses[digit].Add();
    ResponseTraits traits;
    traits.keep_alive = keep_alive_;
    traits.request_minor = minor_version_;
    traits.secure = secure_;
    traits.date = home_.date();
    std::string& head = home_.scratch_text();
    head.clear();
    AppendResponseHead(head, response, traits);
    const bool has_body = !is_head_ && StatusHasBody(response.status);
    WriteResponse(head, has_body ? response.body : SharedBytes());
}

bool HttpSession::RespondWatched(HttpResponse response, UniqueFunction<void(Sent)> sent) {
    Respond(std::move(response));
    if (phase_ != Phase::kWriting) return false;
    outgoing_->on_sent = std::move(sent);
    return true;
}

std::size_t HttpSession::unsent_bytes() const {
    if (phase_ != Phase::kWriting) return 0;
    return outgoing_->head.size() + outgoing_->body.view().size() - outgoing_->sent;
}

void HttpSession::Abort() {
    if (outgoing_ == nullptr) return;
    outgoing_->on_sent = nullptr;
    Close(Farewell::kAtOnce);
}

void HttpSession::WriteResponse(std::string_view head, const SharedBytes& body) {
    const std::array parts{PartOf(head), PartOf(body.view())};
    const IoOutcome wrote = stream_.Write({parts.data(), body.empty() ? 1u : 2u});
    if (wrote.status == IoStatus::kBroken) return Close(Farewell::kAtOnce);
    home_.stats().bytes_out.Add(wrote.bytes);
    if (!stream_.WantsWrite()) return AfterResponse();
    outgoing_ = std::make_unique<Outgoing>();
    outgoing_->head.assign(head);
    outgoing_->body = body;
    outgoing_->sent = wrote.bytes;
    outgoing_->sent_due = wrote.bytes + limits::kReaderBytesMin;
    phase_ = Phase::kWriting;
    Watch(EPOLLOUT);
    ExpectBy(Late::kReader);
}

void HttpSession::Flush() {
    Outgoing& out = *outgoing_;
    const std::string_view head = std::string_view(out.head);
    const std::string_view body = out.body.view();
    const std::size_t of_head = std::min(out.sent, head.size());
    const std::array parts{PartOf(head.substr(of_head)), PartOf(body.substr(out.sent - of_head))};
    const IoOutcome wrote = stream_.Write(parts);
    if (wrote.status == IoStatus::kBroken) return Close(Farewell::kAtOnce);
    home_.stats().bytes_out.Add(wrote.bytes);
    out.sent += wrote.bytes;
    if (stream_.WantsWrite()) {
        if (out.sent < out.sent_due) return;
        out.sent_due = out.sent + limits::kReaderBytesMin;
        return ExpectBy(Late::kReader);
    }
    const UniqueFunction<void(Sent)> on_sent = std::move(out.on_sent);
    outgoing_.reset();
    AfterResponse();
    if (on_sent) on_sent(Sent::kWhole);
}

void HttpSession::AfterResponse() {
    if (!keep_alive_) return Close(Farewell::kLinger);
    phase_ = Phase::kHead;
    routed_ = false;
    app_ = nullptr;
    Watch(kReading);
    if (processing_) return;  // Consume goes on with what is left
    ExpectBy(input_.empty() ? Late::kNextRequest : Late::kHead);
    if (input_.empty()) return;
    waiting_for_turn_ = true;
    home_.ResumeSoon(*this);
}

void HttpSession::RespondScripted(WireScript script) {
    if (phase_ == Phase::kEnded) return;
    on_aborted_ = nullptr;
    ScriptedSession::Begin(home_, std::move(stream_), std::move(ticket_), std::move(script));
    Close(Farewell::kAtOnce);
}

WebSocket* HttpSession::Upgrade(
    const HttpRequest& request, WebSocketHandler& handler, const WebSocketOptions& options
) {
    if (phase_ == Phase::kEnded) return nullptr;
    FLUX_ASSERT(phase_ == Phase::kHandling);
    if (std::optional<HttpResponse> refusal = RefuseHandshake(request)) {
        home_.stats().websockets_refused.Add();
        Respond(std::move(*refusal));
        return nullptr;
    }
    // Behind a trusted proxy the client is known only now, and this connection is its alone.
    if (!ticket_.charged() && !ticket_.Charge(request.client)) {
        home_.stats().refused_address.Add();
        Respond(HttpResponse::Text(503, "This address has as many connections as it may.\n"));
        return nullptr;
    }
    const std::optional<DeflateTerms> deflate =
        options.deflate ? AgreeDeflate(request) : std::nullopt;
    const std::string head = SwitchingHead(request, deflate);
    const iovec part = PartOf(head);
    if (stream_.Write({&part, 1}).bytes < head.size()) {
        // Earlier responses fill the socket: a client that pipelines and does not read.
        home_.stats().websockets_refused.Add();
        Close(Farewell::kAtOnce);
        return nullptr;
    }
    home_.stats().bytes_out.Add(head.size());
    if (deflate) home_.stats().websockets_deflate.Add();
    auto session = std::make_unique<WebSocketSession>(
        home_,
        site_.listener(),
        std::move(stream_),
        std::move(ticket_),
        request.client,
        handler,
        options,
        deflate
    );
    WebSocketSession& upgraded = *session;
    home_.Keep(std::move(session));
    upgraded.Start();
    if (processing_) {
        upgraded_ = &upgraded;
    } else if (!input_.empty()) {
        upgraded.HoldInput(std::move(input_));
    }
    on_aborted_ = nullptr;
    Close(Farewell::kAtOnce);
    return &upgraded;
}

// --- waiting and ending ---

void HttpSession::Watch(std::uint32_t events) {
    if (watched_ == events) return;
    watched_ = events;
    home_.poller().Change(stream_.descriptor(), events, *this);
}

/// Arms the one deadline for what is awaited next; a deadline for the same thing stays, but for
/// a reader, who earns more time by what it took.
void HttpSession::ExpectBy(Late what) {
    if (late_ == what && what != Late::kReader) return;
    late_ = what;
    const ListenerOptions& options = site_.listener().options;
    Milliseconds time = options.keep_alive_time_max;
    if (what == Late::kHandshake || what == Late::kHead) time = options.head_time_max;
    if (what == Late::kBody || what == Late::kReader) time = options.body_time_max;
    home_.shard().timers().Arm(deadline_, home_.shard().now() + time);
}

void HttpSession::OnLate() {
    NetStats& stats = home_.stats();
    switch (std::exchange(late_, Late::kNothing)) {
        case Late::kNothing:
            return;
        case Late::kHandshake:
            stats.timed_out_handshake.Add();
            return Close(Farewell::kAtOnce);
        case Late::kNextRequest:
            stats.timed_out_idle.Add();
            return Close(Farewell::kLinger);
        case Late::kHead:
            stats.timed_out_head.Add();
            return Refuse(kSlowHead);
        case Late::kBody:
            stats.timed_out_body.Add();
            return Refuse(kSlowBody);
        case Late::kReader:
            stats.timed_out_write.Add();
            outgoing_->too_slow = true;
            return Close(Farewell::kAtOnce);
    }
}

void HttpSession::Close(Farewell farewell) {
    if (phase_ == Phase::kEnded) return;
    aborted_ = phase_ == Phase::kHandling;
    phase_ = Phase::kEnded;
    deadline_.Disarm();
    if (stream_.is_open()) {
        home_.poller().Remove(stream_.descriptor());
        if (farewell == Farewell::kLinger) home_.LingerAndClose(std::move(stream_));
        stream_.Close();
    }
    ticket_ = {};
    home_.Bury(*this);
}

void HttpSession::OnBuried() {
    if (outgoing_ != nullptr && outgoing_->on_sent) {
        outgoing_->on_sent(outgoing_->too_slow ? Sent::kTooSlow : Sent::kLost);
    }
    if (!aborted_ || !on_aborted_) return;
    home_.stats().http_aborted.Add();
    on_aborted_();
}

}  // namespace flux::net
