#include "valkey/scripted_valkey.h"

#include "runtime/task_group.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <optional>
#include <utility>

namespace flux::valkey::testing {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// The number of a line such as "$12", which ends at `at` afterwards.
std::optional<std::size_t> TakeNumber(const std::string& bytes, std::size_t& at) {
    const std::size_t end = bytes.find("\r\n", at);
    if (end == std::string::npos) return std::nullopt;
    const std::size_t number = std::stoul(bytes.substr(at + 1, end - at - 1));
    at = end + 2;
    return number;
}

/// The first whole command, taken out of `bytes`.
std::optional<Words> TakeCommand(std::string& bytes) {
    std::size_t at = 0;
    const auto count = TakeNumber(bytes, at);
    if (!count) return std::nullopt;
    Words words;
    for (std::size_t index = 0; index < *count; ++index) {
        const auto size = TakeNumber(bytes, at);
        if (!size || bytes.size() < at + *size + 2) return std::nullopt;
        words.push_back(bytes.substr(at, *size));
        at += *size + 2;
    }
    bytes.erase(0, at);
    return words;
}

}  // namespace

class ScriptedValkey::Impl {
public:
    explicit Impl(Shard& home)
        : shard(home),
          acceptor(home.io(), tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)) {}

    Task<> Accept(std::shared_ptr<Impl> self) {
        for (;;) {
            error_code error;
            tcp::socket socket =
                co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return;
            newest = std::make_shared<tcp::socket>(std::move(socket));
            ++connections;
            asio::co_spawn(shard.io(), Serve(self, newest), asio::detached);
        }
    }

    Shard& shard;
    tcp::acceptor acceptor;
    std::shared_ptr<tcp::socket> newest;
    std::function<Move(const Words&)> answer;
    std::function<Move(const Words&)> hello;
    std::vector<Words> heard;
    std::size_t connections = 0;
    std::size_t reads = 0;

private:
    Move MoveFor(const Words& words) {
        if (words[0] == "PING" || words[0] == "AUTH") {
            if (hello) return hello(words);
            return {.bytes = words[0] == "PING" ? "+PONG\r\n" : "+OK\r\n"};
        }
        return answer ? answer(words) : Move{.bytes = "$-1\r\n"};
    }

    Task<> Serve([[maybe_unused]] std::shared_ptr<Impl> self, std::shared_ptr<tcp::socket> socket) {
        std::string bytes;
        std::array<char, 4096> room;
        for (;;) {
            error_code error;
            const std::size_t size = co_await socket->async_read_some(
                asio::buffer(room), asio::redirect_error(asio::use_awaitable, error)
            );
            if (error) co_return;
            ++reads;
            bytes.append(room.data(), size);
            while (auto words = TakeCommand(bytes)) {
                heard.push_back(*words);
                const Move move = MoveFor(*words);
                if (move.after.count() > 0) co_await SleepFor(move.after);
                co_await asio::async_write(
                    *socket,
                    asio::buffer(move.bytes),
                    asio::redirect_error(asio::use_awaitable, error)
                );
                if (move.close) socket->close(error);
            }
        }
    }
};

ScriptedValkey::ScriptedValkey(Shard& shard)
    : impl_(std::make_shared<Impl>(shard)) {
    asio::co_spawn(shard.io(), impl_->Accept(impl_), asio::detached);
}

ScriptedValkey::~ScriptedValkey() {
    Leave();
    Drop();
}

std::uint16_t ScriptedValkey::port() const {
    return impl_->acceptor.local_endpoint().port();
}

void ScriptedValkey::OnCommand(std::function<Move(const Words&)> answer) {
    impl_->answer = std::move(answer);
}

void ScriptedValkey::OnHello(std::function<Move(const Words&)> hello) {
    impl_->hello = std::move(hello);
}

void ScriptedValkey::Send(const std::string& bytes) {
    error_code ignored;
    asio::write(*impl_->newest, asio::buffer(bytes), ignored);
}

void ScriptedValkey::Drop() {
    error_code ignored;
    if (impl_->newest) impl_->newest->close(ignored);
}

void ScriptedValkey::Leave() {
    error_code ignored;
    impl_->acceptor.close(ignored);
}

const std::vector<Words>& ScriptedValkey::heard() const {
    return impl_->heard;
}

std::size_t ScriptedValkey::connections() const {
    return impl_->connections;
}

std::size_t ScriptedValkey::reads() const {
    return impl_->reads;
}

}  // namespace flux::valkey::testing
