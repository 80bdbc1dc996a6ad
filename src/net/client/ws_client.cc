#include "net/client/ws_client.h"

#include "base/assert.h"
#include "net/client/line.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <utility>

namespace flux::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;

/// What WsClient needs of a WebSocket, whatever it runs over.
class Wire {
public:
    virtual ~Wire() = default;
    virtual Task<error_code> ShakeHands(
        websocket::response_type& answer, const std::string& host, const std::string& target
    ) = 0;
    virtual Task<error_code> Read(beast::flat_buffer& into) = 0;
    virtual Task<error_code> Write(std::string_view text) = 0;
    virtual Task<error_code> Close() = 0;
    virtual bool got_text() const = 0;
    virtual std::string CloseReason() const = 0;
};

template <class Lower>
class WireOver final : public Wire {
public:
    WireOver(Lower& lower, const WsClientOptions& options)
        : stream_(lower) {
        websocket::permessage_deflate deflate;
        deflate.client_enable = options.compression;
        stream_.set_option(deflate);
        stream_.set_option(websocket::stream_base::decorator(
            [agent = options.user_agent](websocket::request_type& request) {
                request.set(beast::http::field::user_agent, agent);
            }
        ));
        stream_.read_message_max(options.message_bytes_max);
        stream_.text(true);
    }

    Task<error_code> ShakeHands(
        websocket::response_type& answer, const std::string& host, const std::string& target
    ) override {
        error_code error;
        co_await stream_.async_handshake(
            answer, host, target, asio::redirect_error(asio::use_awaitable, error)
        );
        co_return error;
    }

    Task<error_code> Read(beast::flat_buffer& into) override {
        error_code error;
        co_await stream_.async_read(into, asio::redirect_error(asio::use_awaitable, error));
        co_return error;
    }

    Task<error_code> Write(std::string_view text) override {
        const asio::const_buffer bytes(text.data(), text.size());
        error_code error;
        co_await stream_.async_write(bytes, asio::redirect_error(asio::use_awaitable, error));
        co_return error;
    }

    Task<error_code> Close() override {
        const websocket::close_reason goodbye(websocket::close_code::normal);
        error_code error;
        co_await stream_.async_close(goodbye, asio::redirect_error(asio::use_awaitable, error));
        co_return error;
    }

    bool got_text() const override { return stream_.got_text(); }

    std::string CloseReason() const override {
        const websocket::close_reason& reason = stream_.reason();
        std::string text = "code " + std::to_string(reason.code);
        if (!reason.reason.empty()) text += ", \"" + std::string(reason.reason.c_str()) + "\"";
        return text;
    }

private:
    websocket::stream<Lower&> stream_;
};

bool IsProtocolFault(const error_code& error) {
    return error == websocket::condition::protocol_violation ||
           error.category() == beast::zlib::make_error_code(beast::zlib::error::general).category();
}

}  // namespace

class WsClient::Impl {
public:
    explicit Impl(WsClientOptions options)
        : options_(std::move(options)),
          peer_(options_.url.ToString()) {
        FLUX_ASSERT(options_.url.web_socket());
    }

    Task<Result<void>> Connect() {
        line_.SetDeadline(options_.connect_time_max);
        Result<void> opened = co_await line_.Open(options_.url, options_.trust);
        if (!opened) {
            line_.Abort();
            co_return opened;
        }
        if (line_.tls() != nullptr) {
            wire_ = std::make_unique<WireOver<Line::Tls>>(*line_.tls(), options_);
        } else {
            wire_ = std::make_unique<WireOver<asio::ip::tcp::socket>>(line_.plain(), options_);
        }
        websocket::response_type answer;
        const std::string host = options_.url.HostHeader();
        const std::string target = options_.url.Target("");
        const error_code error = co_await wire_->ShakeHands(answer, host, target);
        line_.ClearDeadline();
        if (!error) co_return Result<void>();
        Error failure = ExplainHandshake(error, answer);
        line_.Abort();
        co_return failure;
    }

    Task<Result<WsMessage>> Read(Milliseconds time_max) {
        if (!wire_) co_return NotConnected();
        buffer_.clear();
        line_.SetDeadline(time_max);
        const error_code error = co_await wire_->Read(buffer_);
        line_.ClearDeadline();
        if (error) co_return ExplainRead(error);
        const auto bytes = buffer_.cdata();
        const std::string_view payload(static_cast<const char*>(bytes.data()), bytes.size());
        co_return WsMessage{.payload = payload, .text = wire_->got_text()};
    }

    Task<Result<void>> Write(std::string_view text, Milliseconds time_max) {
        if (!wire_) co_return NotConnected();
        line_.SetDeadline(time_max);
        const error_code error = co_await wire_->Write(text);
        line_.ClearDeadline();
        if (error) co_return line_.Explain(error, "sending to " + peer_);
        co_return Result<void>();
    }

    Task<> Close(Milliseconds time_max) {
        if (!wire_ || !line_.open()) co_return;
        line_.SetDeadline(time_max);
        [[maybe_unused]] const error_code ignored = co_await wire_->Close();
        line_.Abort();
    }

    const std::optional<WsRefusal>& refusal() const { return refusal_; }

private:
    static Error NotConnected() {
        return Error(ErrorCode::kClosed, Retry::kNever, "the WebSocket is not connected");
    }

    Error ExplainHandshake(const error_code& error, const websocket::response_type& answer) {
        const std::string doing = "the WebSocket handshake with " + peer_;
        if (error != websocket::error::upgrade_declined) return line_.Explain(error, doing);
        refusal_ = WsRefusal{
            .status = static_cast<int>(answer.result_int()),
            .retry_after = std::string(answer[beast::http::field::retry_after])};
        return Error(
            ErrorCode::kUnavailable,
            Retry::kLater,
            doing + " was declined with HTTP status " + std::to_string(refusal_->status)
        );
    }

    Error ExplainRead(const error_code& error) {
        if (error == websocket::error::closed) {
            return Error(
                ErrorCode::kUnavailable,
                Retry::kLater,
                peer_ + " closed the connection (" + wire_->CloseReason() + ")"
            );
        }
        if (error == websocket::error::message_too_big ||
            error == websocket::error::buffer_overflow) {
            return Error(
                ErrorCode::kTooLarge,
                Retry::kLater,
                peer_ + " sent a message larger than " +
                    std::to_string(options_.message_bytes_max) + " bytes"
            );
        }
        if (IsProtocolFault(error)) {
            return Error(
                ErrorCode::kBadInput,
                Retry::kLater,
                peer_ + " broke the WebSocket protocol: " + error.message()
            );
        }
        return line_.Explain(error, "reading from " + peer_);
    }

    const WsClientOptions options_;
    const std::string peer_;
    std::optional<WsRefusal> refusal_;
    Line line_;
    std::unique_ptr<Wire> wire_;  // speaks over line_, so it goes first
    beast::flat_buffer buffer_;
};

WsClient::WsClient(WsClientOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

WsClient::~WsClient() = default;

Task<Result<void>> WsClient::Connect() {
    return impl_->Connect();
}

const std::optional<WsRefusal>& WsClient::refusal() const {
    return impl_->refusal();
}

Task<Result<WsMessage>> WsClient::Read(Milliseconds time_max) {
    return impl_->Read(time_max);
}

Task<Result<void>> WsClient::Write(std::string_view text, Milliseconds time_max) {
    return impl_->Write(text, time_max);
}

Task<> WsClient::Close(Milliseconds time_max) {
    return impl_->Close(time_max);
}

}  // namespace flux::net
