#include "net/client/test_peer.h"

#include "base/assert.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <optional>
#include <utility>

namespace flux::net::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

template <class Write>
std::string Pem(Write write) {
    BIO* const memory = BIO_new(BIO_s_mem());
    FLUX_ASSERT(write(memory) == 1);
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(memory);
    return text;
}

enum class Part { kSilent, kRaw, kWebSocket };

}  // namespace

TestCertificate MakeCertificate(const std::string& host) {
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* const name = X509_get_subject_name(certificate);
    const auto* const common = reinterpret_cast<const unsigned char*>(host.c_str());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    const bool address = host.find_first_not_of("0123456789.") == std::string::npos;
    const std::string alternative = (address ? "IP:" : "DNS:") + host;
    X509_EXTENSION* const extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_sign(certificate, key, EVP_sha256());
    TestCertificate made;
    made.certificate_pem = Pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
    made.key_pem = Pem([&](BIO* out) {
        return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
    X509_EXTENSION_free(extension);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return made;
}

class TestPeer::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(
        Shard& shard,
        std::shared_ptr<std::vector<std::string>> heard,
        std::shared_ptr<std::size_t> gone
    )
        : shard_(shard),
          acceptor_(shard.io(), tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)),
          heard_(std::move(heard)),
          gone_(std::move(gone)) {}

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    void StopAccepting() {
        error_code ignored;
        acceptor_.close(ignored);
    }

    std::optional<asio::ssl::context> tls;
    Part part = Part::kSilent;
    std::function<std::optional<std::string>(const std::string&)> answer;
    bool close = true;
    std::vector<Act> acts;

    Task<> Accept(std::shared_ptr<Impl> self) {
        for (;;) {
            error_code error;
            tcp::socket socket =
                co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return;
            asio::co_spawn(shard_.io(), Serve(self, std::move(socket)), asio::detached);
        }
    }

private:
    Task<> Serve([[maybe_unused]] std::shared_ptr<Impl> self, tcp::socket socket) {
        if (tls) {
            asio::ssl::stream<tcp::socket> stream(std::move(socket), *tls);
            error_code error;
            co_await stream.async_handshake(
                asio::ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, error)
            );
            if (!error) {
                const char* const name =
                    SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
                heard_->push_back(std::string("sni ") + (name == nullptr ? "-" : name));
                co_await Play(stream);
            }
        } else {
            co_await Play(socket);
        }
        ++*gone_;
    }

    template <class Stream>
    Task<> Play(Stream& stream) {
        error_code error;
        if (part == Part::kWebSocket) {
            co_await PlayActs(stream);
            co_return;
        }
        asio::streambuf buffer;
        if (part == Part::kRaw) {
            const auto bytes = co_await asio::async_read_until(
                stream, buffer, "\r\n\r\n", asio::redirect_error(asio::use_awaitable, error)
            );
            const auto data = buffer.data();
            heard_->emplace_back(
                asio::buffers_begin(data),
                asio::buffers_begin(data) + static_cast<std::ptrdiff_t>(bytes)
            );
            buffer.consume(bytes);
            const std::optional<std::string> text = answer(heard_->back());
            if (text) {
                co_await asio::async_write(
                    stream, asio::buffer(*text), asio::redirect_error(asio::use_awaitable, error)
                );
                if (close) co_return;
            }
        }
        // Reads until the client goes.
        co_await asio::async_read_until(
            stream, buffer, "\x01never", asio::redirect_error(asio::use_awaitable, error)
        );
    }

    template <class Stream>
    Task<> PlayActs(Stream& stream) {
        websocket::stream<Stream&> ws(stream);
        websocket::permessage_deflate deflate;
        deflate.server_enable = true;
        ws.set_option(deflate);
        error_code error;
        beast::flat_buffer buffer;
        websocket::request_type request;
        co_await beast::http::async_read(
            stream, buffer, request, asio::redirect_error(asio::use_awaitable, error)
        );
        heard_->push_back(
            std::string(request.target()) + " " + std::string(request[beast::http::field::host]) +
            " " + std::string(request[beast::http::field::user_agent])
        );
        co_await ws.async_accept(request, asio::redirect_error(asio::use_awaitable, error));
        for (const Act& act : acts) {
            if (error) co_return;
            if (act.kind == Act::Kind::kDrop) co_return;
            co_await PlayAct(ws, stream, act, error);
        }
        while (!error) {
            buffer.clear();
            co_await ws.async_read(buffer, asio::redirect_error(asio::use_awaitable, error));
        }
        if (error == websocket::error::closed) {
            heard_->push_back("close " + std::to_string(ws.reason().code));
        }
    }

    template <class Stream>
    Task<> PlayAct(
        websocket::stream<Stream&>& ws, Stream& stream, const Act& act, error_code& error
    ) {
        const asio::const_buffer bytes(act.text.data(), act.text.size());
        beast::flat_buffer buffer;
        switch (act.kind) {
            case Act::Kind::kSend:
            case Act::Kind::kSendBinary:
                ws.text(act.kind == Act::Kind::kSend);
                co_await ws.async_write(bytes, asio::redirect_error(asio::use_awaitable, error));
                break;
            case Act::Kind::kExpect:
                co_await ws.async_read(buffer, asio::redirect_error(asio::use_awaitable, error));
                heard_->push_back(beast::buffers_to_string(buffer.cdata()));
                break;
            case Act::Kind::kPing:
                co_await Ping(ws, act.text, error);
                break;
            case Act::Kind::kClose:
                co_await SayGoodbye(ws, act.text, error);
                break;
            case Act::Kind::kRaw:
                co_await asio::async_write(
                    stream, bytes, asio::redirect_error(asio::use_awaitable, error)
                );
                break;
            case Act::Kind::kDrop:
                break;
        }
    }

    template <class WebSocket>
    Task<> Ping(WebSocket& ws, const std::string& text, error_code& error) {
        const websocket::ping_data payload(text);
        co_await ws.async_ping(payload, asio::redirect_error(asio::use_awaitable, error));
    }

    template <class WebSocket>
    Task<> SayGoodbye(WebSocket& ws, const std::string& why, error_code& error) {
        const websocket::close_reason reason(websocket::close_code::going_away, why);
        co_await ws.async_close(reason, asio::redirect_error(asio::use_awaitable, error));
    }

    Shard& shard_;
    tcp::acceptor acceptor_;
    std::shared_ptr<std::vector<std::string>> heard_;
    std::shared_ptr<std::size_t> gone_;
};

TestPeer::TestPeer(Shard& shard)
    : heard_(std::make_shared<std::vector<std::string>>()),
      gone_(std::make_shared<std::size_t>(0)) {
    impl_ = std::make_shared<Impl>(shard, heard_, gone_);
    asio::co_spawn(shard.io(), impl_->Accept(impl_), asio::detached);
}

TestPeer::~TestPeer() {
    impl_->StopAccepting();
}

std::uint16_t TestPeer::port() const {
    return impl_->port();
}

void TestPeer::UseTls(const TestCertificate& certificate) {
    impl_->tls.emplace(asio::ssl::context::tls_server);
    impl_->tls->use_certificate_chain(asio::buffer(certificate.certificate_pem));
    impl_->tls->use_private_key(asio::buffer(certificate.key_pem), asio::ssl::context::pem);
}

void TestPeer::AnswerRaw(std::string answer, bool close) {
    impl_->part = Part::kRaw;
    impl_->answer = [answer = std::move(answer)](const std::string&) { return answer; };
    impl_->close = close;
}

void TestPeer::AnswerWith(std::function<std::optional<std::string>(const std::string& head)> answer
) {
    impl_->part = Part::kRaw;
    impl_->answer = std::move(answer);
    impl_->close = true;
}

void TestPeer::PlayWebSocket(std::vector<Act> acts) {
    impl_->part = Part::kWebSocket;
    impl_->acts = std::move(acts);
}

void TestPeer::StaySilent() {
    impl_->part = Part::kSilent;
}

}  // namespace flux::net::testing
