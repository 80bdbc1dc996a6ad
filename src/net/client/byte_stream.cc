#include "net/client/byte_stream.h"

#include "net/client/line.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace flux::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

Url UrlOf(const ByteStreamOptions& options) {
    Url url;
    url.scheme = options.tls ? "https" : "http";  // all that Line takes from it: whether with TLS
    url.host = options.host;
    url.port = options.port;
    return url;
}

std::string PeerOf(const ByteStreamOptions& options) {
    const bool bare = options.host.find(':') == std::string::npos;
    return (bare ? options.host : "[" + options.host + "]") + ":" + std::to_string(options.port);
}

template <class Stream>
Task<std::size_t> ReadSome(Stream& stream, std::span<char> into, error_code& error) {
    const auto buffer = asio::buffer(into.data(), into.size());
    co_return co_await stream.async_read_some(
        buffer, asio::redirect_error(asio::use_awaitable, error)
    );
}

template <class Stream>
Task<> WriteAll(Stream& stream, std::string_view bytes, error_code& error) {
    const auto buffer = asio::buffer(bytes.data(), bytes.size());
    co_await asio::async_write(stream, buffer, asio::redirect_error(asio::use_awaitable, error));
}

}  // namespace

class ByteStream::Impl {
public:
    explicit Impl(ByteStreamOptions wanted)
        : options(std::move(wanted)),
          url(UrlOf(options)),
          peer(PeerOf(options)) {}

    const ByteStreamOptions options;
    const Url url;
    const std::string peer;
    Line line;
};

ByteStream::ByteStream(ByteStreamOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

ByteStream::~ByteStream() = default;

void ByteStream::SetDeadline(Milliseconds time_max) {
    impl_->line.SetDeadline(time_max);
}

void ByteStream::ClearDeadline() {
    impl_->line.ClearDeadline();
}

Task<Result<void>> ByteStream::Open() {
    return impl_->line.Open(impl_->url, impl_->options.trust);
}

Task<Result<std::size_t>> ByteStream::Read(std::span<char> into) {
    Line& line = impl_->line;
    error_code error;
    std::size_t size = 0;
    if (line.tls() != nullptr) {
        size = co_await ReadSome(*line.tls(), into, error);
    } else {
        size = co_await ReadSome(line.plain(), into, error);
    }
    if (error == asio::error::eof) {
        co_return Error(
            ErrorCode::kUnavailable, Retry::kLater, impl_->peer + " closed the connection"
        );
    }
    if (error) co_return line.Explain(error, "reading from " + impl_->peer);
    co_return size;
}

Task<Result<void>> ByteStream::Write(std::string_view bytes) {
    Line& line = impl_->line;
    error_code error;
    if (line.tls() != nullptr) {
        co_await WriteAll(*line.tls(), bytes, error);
    } else {
        co_await WriteAll(line.plain(), bytes, error);
    }
    if (error) co_return line.Explain(error, "sending to " + impl_->peer);
    co_return Result<void>();
}

void ByteStream::Abort() {
    impl_->line.Abort();
}

const std::string& ByteStream::peer() const {
    return impl_->peer;
}

}  // namespace flux::net
