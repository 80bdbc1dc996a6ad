#include "net/client/line.h"

#include "base/assert.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace flux::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

Shard& CurrentShard() {
    Shard* const shard = Shard::Current();
    FLUX_ASSERT(shard != nullptr);
    return *shard;
}

/// A name being looked up. getaddrinfo cannot be interrupted: the look-up outlives a task that
/// stopped waiting for it, so it owns itself.
struct Lookup {
    explicit Lookup(asio::io_context& io)
        : resolver(io),
          ended(io) {}
    tcp::resolver resolver;
    asio::steady_timer ended;
    bool done = false;
    error_code error;
    std::vector<tcp::endpoint> endpoints;
};

}  // namespace

Line::Line()
    : shard_(CurrentShard()),
      socket_(shard_.io()) {}

void Line::SetDeadline(Milliseconds time_max) {
    shard_.timers().Arm(deadline_, shard_.clock().Now() + time_max);
}

void Line::OnDeadline() {
    timed_out_ = true;
    Abort();
}

void Line::Abort() {
    aborted_ = true;
    deadline_.Disarm();
    error_code ignored;
    socket_.close(ignored);
}

Error Line::Explain(const error_code& error, const std::string& doing) const {
    if (timed_out_) {
        return Error(ErrorCode::kTimeout, Retry::kLater, doing + " took longer than allowed");
    }
    if (aborted_ || error == asio::error::operation_aborted) {
        return Error(ErrorCode::kClosed, Retry::kNever, doing + " was called off");
    }
    return Error(ErrorCode::kUnavailable, Retry::kLater, doing + " failed: " + error.message());
}

Task<Result<Line::Endpoints>> Line::Resolve(const Url& url) {
    error_code no_address;
    const auto address = asio::ip::make_address(url.host, no_address);
    if (!no_address) co_return Endpoints{tcp::endpoint(address, url.port)};

    auto lookup = std::make_shared<Lookup>(shard_.io());
    lookup->ended.expires_at(deadline_.armed() ? deadline_.deadline() : SteadyTime::max());
    auto finished = [lookup](const error_code& error, const tcp::resolver::results_type& found) {
        lookup->done = true;
        lookup->error = error;
        lookup->endpoints.assign(found.begin(), found.end());
        lookup->ended.cancel();
    };
    lookup->resolver.async_resolve(
        url.host, std::to_string(url.port), tcp::resolver::numeric_service, std::move(finished)
    );
    error_code ignored;
    co_await lookup->ended.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    const std::string doing = "looking up the address of " + url.host;
    if (!lookup->done) {
        lookup->resolver.cancel();
        // A deadline that has passed ends the timer with success, a cancelled task with an error.
        if (!ignored) timed_out_ = true;
        co_return Explain(asio::error::operation_aborted, doing);
    }
    if (lookup->error) co_return Explain(lookup->error, doing);
    co_return std::move(lookup->endpoints);
}

Task<Result<void>> Line::Open(const Url& url, std::shared_ptr<const TlsTrust> trust) {
    if (url.secure() && !trust) {
        auto loaded = TlsTrust::OfMachine();
        if (!loaded) co_return loaded.error();
        trust = std::move(*loaded);
    }
    trust_ = std::move(trust);
    const Result<Endpoints> endpoints = co_await Resolve(url);
    if (!endpoints) co_return endpoints.error();
    Result<void> opened = co_await Connect(url, *endpoints);
    if (opened && url.secure()) opened = co_await ShakeHands(url);
    co_return opened;
}

Task<bool> Line::StillWanted() {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) Abort();
    co_return !aborted_;
}

Task<Result<void>> Line::Connect(const Url& url, const Endpoints& endpoints) {
    const std::string doing = "connecting to " + url.HostHeader();
    error_code error = asio::error::operation_aborted;
    bool wanted = co_await StillWanted();
    if (!wanted) co_return Explain(error, doing);
    co_await asio::async_connect(
        socket_, endpoints, asio::redirect_error(asio::use_awaitable, error)
    );
    if (error) co_return Explain(error, doing);
    wanted = co_await StillWanted();
    if (!wanted) co_return Explain(asio::error::operation_aborted, doing);
    socket_.set_option(tcp::no_delay(true), error);
    co_return Result<void>();
}

Task<Result<void>> Line::ShakeHands(const Url& url) {
    tls_.emplace(socket_, trust_->context());
    tls_->set_verify_callback(asio::ssl::host_name_verification(url.host));
    // RFC 6066: the name extension carries names only, never addresses.
    if (!url.host_is_address() &&
        SSL_set_tlsext_host_name(tls_->native_handle(), url.host.c_str()) != 1) {
        co_return Error(
            ErrorCode::kBadInput, Retry::kNever, "no TLS server name can be made of " + url.host
        );
    }
    error_code error;
    co_await tls_->async_handshake(
        asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, error)
    );
    const bool wanted = co_await StillWanted();
    if (!error && !wanted) error = asio::error::operation_aborted;
    if (!error) co_return Result<void>();
    Error failure = Explain(error, "the TLS handshake with " + url.HostHeader());
    const long verdict = SSL_get_verify_result(tls_->native_handle());
    if (failure.code == ErrorCode::kUnavailable && verdict != X509_V_OK) {
        failure.context += std::string(" (") + X509_verify_cert_error_string(verdict) + ")";
    }
    co_return failure;
}

}  // namespace flux::net
