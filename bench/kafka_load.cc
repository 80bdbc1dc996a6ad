// The load generator of `./dev bench kafka`: publishes records to Kafka at a fixed rate, each to
// one room, and measures when the clients of that room have them; prints one line of JSON.
//
// A record carries the time it was due, not the time it was sent, so that whatever holds the
// generator up counts as latency too (no coordinated omission). Clients and producer share a thread
// and a clock.
#include "fanout_client.h"
#include "machine.h"

#include <librdkafka/rdkafka.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

namespace flux::bench {
namespace {

struct Options {
    std::uint16_t port = 0;
    int gateway_pid = 0;
    int broker_pid = 0;
    std::string brokers;
    std::string topic;
    std::size_t clients = 1000;
    std::size_t rooms = 10;
    std::size_t bytes = 200;
    double rate = 1000;
    double seconds = 10;
    double warm_up_seconds = 3;
};

constexpr std::int64_t kSecond = 1'000'000'000;

/// Publishes at once when idle and in growing batches under load, as Flux's own services do.
class Producer {
public:
    Producer(const std::string& brokers, const std::string& topic) {
        rd_kafka_conf_t* const conf = rd_kafka_conf_new();
        Set(conf, "bootstrap.servers", brokers);
        Set(conf, "acks", "all");
        Set(conf, "enable.idempotence", "true");
        Set(conf, "max.in.flight.requests.per.connection", "1");
        Set(conf, "linger.ms", "0");
        std::array<char, 512> why{};
        client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
        if (client_ == nullptr) Fail(why.data());
        topic_ = rd_kafka_topic_new(client_, topic.c_str(), nullptr);
        if (topic_ == nullptr) Fail(rd_kafka_err2str(rd_kafka_last_error()));
    }
    ~Producer() {
        rd_kafka_topic_destroy(topic_);
        rd_kafka_destroy(client_);
    }
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    void Publish(std::string_view key, std::string_view payload) {
        const int sent = rd_kafka_produce(
            topic_,
            RD_KAFKA_PARTITION_UA,
            RD_KAFKA_MSG_F_COPY,
            const_cast<char*>(payload.data()),
            payload.size(),
            key.data(),
            key.size(),
            nullptr
        );
        if (sent != 0) Fail(rd_kafka_err2str(rd_kafka_last_error()));
        rd_kafka_poll(client_, 0);
    }

    [[noreturn]] static void Fail(const char* why) {
        std::fprintf(stderr, "kafka_load: %s\n", why);
        std::exit(1);
    }

private:
    static void Set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
        std::array<char, 512> why{};
        if (rd_kafka_conf_set(conf, name, value.c_str(), why.data(), why.size()) !=
            RD_KAFKA_CONF_OK)
            Fail(why.data());
    }

    rd_kafka_t* client_ = nullptr;
    rd_kafka_topic_t* topic_ = nullptr;
};

class Load {
public:
    explicit Load(const Options& options)
        : options_(options),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)),
          producer_(options.brokers, options.topic) {}
    ~Load() { ::close(epoll_); }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    int Run() {
        ConnectAll();
        PollFor(1.0);  // joins
        PublishFor(options_.warm_up_seconds);
        Drain();
        const std::uint64_t lost_in_warm_up = expected_ - deliveries_;
        expected_ = deliveries_ = published_ = 0;
        measuring_ = true;
        const double gateway = ProcessCpuSeconds(options_.gateway_pid);
        const double broker = ProcessCpuSeconds(options_.broker_pid);
        const double own = ProcessCpuSeconds(::getpid());
        const std::int64_t began = NowNs();
        PublishFor(options_.seconds);
        Drain();
        const double seconds = static_cast<double>(NowNs() - began) * 1e-9;
        std::sort(latencies_us_.begin(), latencies_us_.end());
        fmt::print(
            R"({{"clients":{},"rooms":{},"records":{},"deliveries":{},"lost":{},"seconds":{:.3f},)"
            R"("p50_ms":{:.3f},"p99_ms":{:.3f},"max_ms":{:.3f},"gateway_cpu":{:.3f},)"
            R"("broker_cpu":{:.3f},"load_cpu":{:.3f}}})"
            "\n",
            clients_.size(),
            options_.rooms,
            published_,
            deliveries_,
            expected_ - deliveries_ + lost_in_warm_up,
            seconds,
            Percentile(0.50),
            Percentile(0.99),
            Percentile(1.0),
            ProcessCpuSeconds(options_.gateway_pid) - gateway,
            ProcessCpuSeconds(options_.broker_pid) - broker,
            ProcessCpuSeconds(::getpid()) - own
        );
        return expected_ == deliveries_ && lost_in_warm_up == 0 ? 0 : 3;
    }

private:
    std::size_t RoomOf(std::size_t client) const { return client % options_.rooms; }

    void ConnectAll() {
        constexpr std::size_t kAtOnce = 64;
        members_.resize(options_.rooms);
        const std::int64_t deadline = NowNs() + 60 * kSecond;
        std::size_t ready = 0;
        while (ready < options_.clients) {
            while (clients_.size() < options_.clients && clients_.size() - ready < kAtOnce)
                ConnectOne();
            Poll(kSecond / 10);
            ready = 0;
            for (const auto& client : clients_) {
                if (client->state() == ClientState::kClosed)
                    Producer::Fail("a client was closed while connecting");
                if (client->state() == ClientState::kReady) ++ready;
            }
            if (NowNs() > deadline) Producer::Fail("not all clients connected within 60 s");
        }
    }

    void ConnectOne() {
        auto client = std::make_unique<FanoutClient>();
        const std::size_t room = RoomOf(clients_.size());
        const std::string join = fmt::format(R"(42["watch","r{}"])", room);
        if (!client->Connect(options_.port, "/socket.io/", join)) Producer::Fail("connect");
        epoll_event event{.events = EPOLLOUT, .data = {.ptr = client.get()}};
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client->descriptor(), &event);
        clients_.push_back(std::move(client));
        ++members_[room];
    }

    /// To the nanosecond: records are a millisecond apart, and turning in circles would take a core
    /// from what is measured.
    void Poll(std::int64_t timeout_ns) {
        std::array<epoll_event, 512> events;
        const timespec timeout{timeout_ns / kSecond, timeout_ns % kSecond};
        const int count = ::epoll_pwait2(
            epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr
        );
        const FanoutClient::OnMessage on_message = [this](FanoutClient&, std::string_view text) {
            OnMessage(text);
        };
        for (int i = 0; i < count; ++i) {
            auto& client =
                *static_cast<FanoutClient*>(events[static_cast<std::size_t>(i)].data.ptr);
            if (client.state() == ClientState::kConnecting) {
                client.OnConnected();
                epoll_event event{.events = EPOLLIN, .data = {.ptr = &client}};
                if (client.descriptor() >= 0)
                    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, client.descriptor(), &event);
                continue;
            }
            client.OnReadable(buffer_, on_message);
            if (client.state() == ClientState::kClosed) Producer::Fail("a client was closed");
        }
    }

    void PollFor(double seconds) {
        const std::int64_t until = NowNs() + static_cast<std::int64_t>(seconds * 1e9);
        while (NowNs() < until)
            Poll(kSecond / 50);
    }

    /// `42["bench",{"due":<nanoseconds>,...`
    void OnMessage(std::string_view text) {
        constexpr std::string_view kHead = R"(42["bench",{"due":)";
        if (!text.starts_with(kHead)) return;
        ++deliveries_;
        if (!measuring_) return;
        const std::int64_t due = std::strtoll(text.data() + kHead.size(), nullptr, 10);
        latencies_us_.push_back(static_cast<std::uint32_t>((NowNs() - due) / 1000));
    }

    void PublishOne(std::int64_t due) {
        const std::size_t room = published_ % options_.rooms;
        std::string payload = fmt::format(R"({{"due":{},"n":{},"pad":")", due, published_);
        payload.resize(std::max(options_.bytes, payload.size() + 2) - 2, 'x');
        payload += "\"}";
        producer_.Publish(fmt::format("r{}", room), payload);
        ++published_;
        expected_ += members_[room];
    }

    void PublishFor(double seconds) {
        const auto gap = static_cast<std::int64_t>(1e9 / options_.rate);
        std::int64_t due = NowNs();
        const std::int64_t end = due + static_cast<std::int64_t>(seconds * 1e9);
        while (due < end) {
            for (; due <= NowNs() && due < end; due += gap)
                PublishOne(due);
            Poll(std::max<std::int64_t>(0, due - NowNs()));
        }
    }

    void Drain() {
        const std::int64_t deadline = NowNs() + 20 * kSecond;
        while (deliveries_ < expected_ && NowNs() < deadline)
            Poll(kSecond / 100);
    }

    double Percentile(double share) const {
        if (latencies_us_.empty()) return 0;
        const double last = static_cast<double>(latencies_us_.size() - 1);
        return latencies_us_[static_cast<std::size_t>(share * last)] / 1000.0;
    }

    const Options options_;
    const int epoll_;
    Producer producer_;
    std::string buffer_ = std::string(64 * 1024, '\0');
    std::vector<std::unique_ptr<FanoutClient>> clients_;
    std::vector<std::size_t> members_;  // clients in each room
    std::uint64_t published_ = 0;
    std::uint64_t expected_ = 0;
    std::uint64_t deliveries_ = 0;
    bool measuring_ = false;
    std::vector<std::uint32_t> latencies_us_;
};

}  // namespace
}  // namespace flux::bench

int main(int argc, char** argv) {
    flux::bench::Options options;
    CLI::App app("The load of ./dev bench kafka");
    app.add_option("--port", options.port, "the gateway's")->required();
    app.add_option("--gateway-pid", options.gateway_pid);
    app.add_option("--broker-pid", options.broker_pid);
    app.add_option("--brokers", options.brokers)->required();
    app.add_option("--topic", options.topic)->required();
    app.add_option("--clients", options.clients);
    app.add_option("--rooms", options.rooms);
    app.add_option("--bytes", options.bytes);
    app.add_option("--rate", options.rate, "records per second");
    app.add_option("--seconds", options.seconds);
    app.add_option("--warm-up", options.warm_up_seconds);
    CLI11_PARSE(app, argc, argv);
    flux::bench::RaiseDescriptorLimit();
    return flux::bench::Load(options).Run();
}
