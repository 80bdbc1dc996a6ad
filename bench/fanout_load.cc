// The load generator of `./dev bench fanout`: N Socket.IO clients, one of which publishes; prints
// one line of JSON.
//
// Every server under test answers the event `pub` by sending `tick` with the same argument to
// everybody. So the server's CPU time over the measured part, divided by the deliveries, is the
// figure, and it is read from the kernel's clock of that process.
#include "fanout_client.h"
#include "machine.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace flux::bench {
namespace {

struct Options {
    std::uint16_t port = 0;
    int server_pid = 0;
    std::string path = "/socket.io/";
    std::string mode = "rate";  // rate | saturated | burst | listen | idle
    std::string join;           // message sent after CONNECT, e.g. 42["join"]
    std::size_t clients = 1000;
    std::size_t stopped = 0;
    std::size_t bytes = 200;
    bool deflate = false;
    double messages_per_second = 20;
    std::size_t in_flight = 4;
    std::size_t burst = 8;
    double seconds = 5;
    double warm_up_seconds = 1;
    std::uint64_t messages = 0;  // listen: end after this many messages have reached every reader
};

/// User and system seconds of another process, in ticks of 10 ms.
std::array<double, 2> ProcessUserSystem(int pid) {
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    std::string text((std::istreambuf_iterator<char>(file)), {});
    const std::size_t after_name = text.rfind(')');
    if (after_name == std::string::npos) return {};
    unsigned long user = 0;
    unsigned long system = 0;
    std::sscanf(
        text.c_str() + after_name + 2,
        "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
        &user,
        &system
    );
    const double tick = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
    return {static_cast<double>(user) * tick, static_cast<double>(system) * tick};
}

/// Anonymous resident memory of another process in bytes: what its user code holds, without the
/// kernel's socket buffers.
std::int64_t ProcessMemory(int pid) {
    std::ifstream file(fmt::format("/proc/{}/status", pid));
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("RssAnon:")) return std::atoll(line.c_str() + 8) * 1024;
    }
    return 0;
}

class Load {
public:
    explicit Load(Options options)
        : options_(std::move(options)),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}
    ~Load() { ::close(epoll_); }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    int Run() {
        const std::int64_t memory_before = ProcessMemory(options_.server_pid);
        if (!ConnectAll()) return 1;
        Settle();
        memory_per_client_ = (ProcessMemory(options_.server_pid) - memory_before) /
                             static_cast<std::int64_t>(clients_.size());
        StopSome();
        if (options_.mode == "idle") return Report();
        if (options_.mode == "listen") return Listen();
        Publish(options_.warm_up_seconds, false);
        StartMeasuring();
        Publish(options_.seconds, true);
        StopMeasuring();
        return Report();
    }

private:
    bool ConnectAll() {
        constexpr std::size_t kAtOnce = 128;
        const std::int64_t deadline = NowNs() + 60'000'000'000LL;
        while (ready_ < options_.clients) {
            while (clients_.size() < options_.clients && clients_.size() - ready_ < kAtOnce) {
                auto client = std::make_unique<FanoutClient>();
                if (!client->Connect(
                        options_.port, options_.path, options_.join, 0, options_.deflate
                    ))
                    return Fail("connect");
                epoll_event event{.events = EPOLLOUT, .data = {.ptr = client.get()}};
                ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client->descriptor(), &event);
                clients_.push_back(std::move(client));
            }
            Poll(100);
            ready_ = 0;
            for (const auto& client : clients_) {
                if (client->state() == ClientState::kClosed)
                    return Fail("a client was closed while connecting");
                if (client->state() == ClientState::kReady) ++ready_;
            }
            if (NowNs() > deadline) return Fail("not all clients connected within 60 s");
        }
        return true;
    }

    static bool Fail(const char* why) {
        std::fprintf(stderr, "fanout_load: %s\n", why);
        return false;
    }

    /// Lets join messages and first answers pass before memory is read.
    void Settle() {
        const std::int64_t until = NowNs() + 700'000'000LL;
        while (NowNs() < until)
            Poll(50);
    }

    void StopSome() {
        for (std::size_t i = 0; i < options_.stopped; ++i) {
            FanoutClient& client = *clients_[clients_.size() - 1 - i];
            client.stopped = true;
            ::epoll_ctl(epoll_, EPOLL_CTL_DEL, client.descriptor(), nullptr);
        }
    }

    void Poll(int timeout_ms) {
        std::array<epoll_event, 512> events;
        const int count =
            ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
        const FanoutClient::OnMessage on_message =
            [this](FanoutClient& client, std::string_view text) { OnMessage(client, text); };
        for (int i = 0; i < count; ++i) {
            auto& client =
                *static_cast<FanoutClient*>(events[static_cast<std::size_t>(i)].data.ptr);
            if (client.state() == ClientState::kConnecting) {
                client.OnConnected();
                epoll_event event{.events = EPOLLIN, .data = {.ptr = &client}};
                if (client.descriptor() >= 0)
                    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, client.descriptor(), &event);
            } else {
                client.OnReadable(buffer_, on_message);
                if (client.state() == ClientState::kClosed) ++closed_[client.close_code()];
            }
        }
    }

    /// `42["tick","<sequence>:<nanoseconds>:xxx"]`
    void OnMessage(FanoutClient& client, std::string_view text) {
        const std::size_t at = text.find("\",\"");
        if (at == std::string_view::npos) return;
        const char* const digits = text.data() + at + 3;
        char* end = nullptr;
        const std::uint64_t sequence = std::strtoull(digits, &end, 10);
        if (end == digits || *end != ':') return;
        if (sequence != client.next_sequence) {
            if (options_.mode == "listen" && client.next_sequence == 0) {
                client.next_sequence = sequence;  // joined in the middle
            } else {
                ++(sequence < client.next_sequence ? reordered_ : lost_);
            }
        }
        client.next_sequence = sequence + 1;
        ++deliveries_;
        Complete(sequence);
        if (measuring_ && (deliveries_ & 15) == 0) {
            const std::int64_t sent = std::strtoll(end + 1, nullptr, 10);
            latencies_us_.push_back(static_cast<std::uint32_t>((NowNs() - sent) / 1000));
        }
    }

    void Complete(std::uint64_t sequence) {
        if (received_.size() <= sequence)
            received_.resize(std::max<std::size_t>(sequence + 1, received_.size() * 2));
        if (++received_[sequence] == clients_.size() - options_.stopped) ++completed_;
    }

    std::string Message(std::int64_t due_ns) {
        std::string text = fmt::format("42[\"pub\",\"{}:{}:", published_++, due_ns);
        const std::size_t framing = sizeof("42[\"pub\",\"") - 1;
        while (text.size() - framing < options_.bytes) {
            // Prices, as they come: text that neither repeats itself nor is noise.
            price_ = price_ * 6364136223846793005ULL + 1442695040888963407ULL;
            text += fmt::format("BTC-USD {}.{:02};", 60'000 + (price_ >> 52), price_ >> 33 & 63);
        }
        text.resize(std::max(options_.bytes + framing, text.find(':') + 22));
        return text + "\"]";
    }

    void PublishNow(std::size_t count, std::int64_t due_ns) {
        std::string frames;
        for (std::size_t i = 0; i < count; ++i)
            FanoutClient::AppendFrame(frames, Message(due_ns));
        if (!clients_.front()->SendRaw(frames)) {
            Fail("the publisher's socket does not take its messages");
            std::exit(1);
        }
    }

    void Publish(double seconds, bool drain) {
        const std::int64_t start = NowNs();
        const std::int64_t end = start + static_cast<std::int64_t>(seconds * 1e9);
        const std::int64_t gap = static_cast<std::int64_t>(1e9 / options_.messages_per_second);
        std::int64_t due = start;
        while (NowNs() < end) {
            const std::uint64_t open = published_ - completed_;
            int wait_ms = 100;
            if (options_.mode == "saturated") {
                if (open < options_.in_flight) PublishNow(options_.in_flight - open, NowNs());
            } else if (options_.mode == "burst") {
                if (open == 0) PublishNow(options_.burst, NowNs());
            } else {
                for (; due <= NowNs(); due += gap)
                    PublishNow(1, due);
                wait_ms = static_cast<int>(std::max<std::int64_t>(0, (due - NowNs()) / 1'000'000));
            }
            Poll(wait_ms);
        }
        // The clock stops when the last delivery has arrived, not when the last message was sent.
        const std::int64_t deadline = NowNs() + 20'000'000'000LL;
        while (drain && completed_ < published_ && NowNs() < deadline)
            Poll(10);
    }

    int Listen() {
        StartMeasuring();
        const std::int64_t deadline = NowNs() + static_cast<std::int64_t>(options_.seconds * 1e9);
        std::printf("listening\n");
        std::fflush(stdout);
        while (NowNs() < deadline && (options_.messages == 0 || completed_ < options_.messages))
            Poll(50);
        StopMeasuring();
        ResumeStopped();
        return Report();
    }

    /// Those who did not read look at what they were sent, and so learn why they were closed.
    void ResumeStopped() {
        if (options_.stopped == 0) return;
        const std::uint64_t lost = lost_;
        const std::uint64_t deliveries = deliveries_;
        for (const auto& client : clients_) {
            if (!client->stopped || client->descriptor() < 0) continue;
            epoll_event event{.events = EPOLLIN, .data = {.ptr = client.get()}};
            ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client->descriptor(), &event);
        }
        const std::int64_t deadline = NowNs() + 5'000'000'000LL;
        const auto open = [this] {
            return std::count_if(clients_.begin(), clients_.end(), [](const auto& client) {
                return client->stopped && client->state() != ClientState::kClosed;
            });
        };
        while (open() > 0 && NowNs() < deadline)
            Poll(20);
        lost_ = lost;
        deliveries_ = deliveries;
    }

    void StartMeasuring() {
        measuring_ = true;
        deliveries_ = 0;
        bytes_start_ = BytesReceived();
        cpu_start_ = ProcessCpuSeconds(options_.server_pid);
        user_system_start_ = ProcessUserSystem(options_.server_pid);
        time_start_ = NowNs();
        rusage own{};
        ::getrusage(RUSAGE_SELF, &own);
        own_start_ = Seconds(own);
    }

    void StopMeasuring() {
        measuring_ = false;
        elapsed_ = static_cast<double>(NowNs() - time_start_) * 1e-9;
        cpu_ = ProcessCpuSeconds(options_.server_pid) - cpu_start_;
        const auto user_system = ProcessUserSystem(options_.server_pid);
        user_ = user_system[0] - user_system_start_[0];
        system_ = user_system[1] - user_system_start_[1];
        rusage own{};
        ::getrusage(RUSAGE_SELF, &own);
        own_ = Seconds(own) - own_start_;
        measured_deliveries_ = deliveries_;
        bytes_ = BytesReceived() - bytes_start_;
    }

    std::uint64_t BytesReceived() const {
        std::uint64_t bytes = 0;
        for (const auto& client : clients_)
            bytes += client->bytes_received();
        return bytes;
    }

    static double Seconds(const rusage& usage) {
        return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
    }

    double Percentile(double share) {
        if (latencies_us_.empty()) return 0;
        const auto at =
            static_cast<std::size_t>(share * static_cast<double>(latencies_us_.size() - 1));
        std::nth_element(
            latencies_us_.begin(),
            latencies_us_.begin() + static_cast<std::ptrdiff_t>(at),
            latencies_us_.end()
        );
        return latencies_us_[at] / 1000.0;
    }

    int Report() {
        std::string closed;
        for (const auto& [code, count] : closed_) {
            closed += fmt::format("{}\"{}\":{}", closed.empty() ? "" : ",", code, count);
        }
        const auto deliveries = static_cast<double>(measured_deliveries_);
        fmt::print(
            "{{\"mode\":\"{}\",\"clients\":{},\"bytes\":{},\"published\":{},\"completed\":{},"
            "\"deliveries\":{},\"seconds\":{:.3f},"
            "\"server_cpu\":{:.4f},\"server_user\":{:.2f},\"server_system\":{:.2f},\"load_cpu\":{:."
            "3f},"
            "\"cpu_per_million\":{:.4f},\"per_second\":{:.0f},\"p50_ms\":{:.3f},\"p99_ms\":{:.3f},"
            "\"bytes_per_delivery\":{:.1f},\"lost\":{},\"reordered\":{},\"memory_per_client\":{},"
            "\"closed\":{{{}}}}}\n",
            options_.mode,
            clients_.size(),
            options_.bytes,
            published_,
            completed_,
            measured_deliveries_,
            elapsed_,
            cpu_,
            user_,
            system_,
            own_,
            deliveries > 0 ? cpu_ / deliveries * 1e6 : 0.0,
            elapsed_ > 0 ? deliveries / elapsed_ : 0.0,
            Percentile(0.5),
            Percentile(0.99),
            deliveries > 0 ? static_cast<double>(bytes_) / deliveries : 0.0,
            lost_,
            reordered_,
            memory_per_client_,
            closed
        );
        return lost_ == 0 && reordered_ == 0 ? 0 : 3;
    }

    const Options options_;
    const int epoll_;
    std::vector<std::unique_ptr<FanoutClient>> clients_;
    std::string buffer_ = std::string(64 * 1024, '\0');
    std::size_t ready_ = 0;
    std::vector<std::uint32_t> received_;
    std::vector<std::uint32_t> latencies_us_;
    std::map<std::uint16_t, std::size_t> closed_;
    std::uint64_t price_ = 1;
    std::uint64_t published_ = 0;
    std::uint64_t completed_ = 0;
    std::uint64_t deliveries_ = 0;
    std::uint64_t measured_deliveries_ = 0;
    std::uint64_t bytes_start_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t lost_ = 0;
    std::uint64_t reordered_ = 0;
    std::int64_t memory_per_client_ = 0;
    bool measuring_ = false;
    double cpu_start_ = 0;
    double cpu_ = 0;
    double user_ = 0;
    double system_ = 0;
    double own_ = 0;
    double own_start_ = 0;
    double elapsed_ = 0;
    std::int64_t time_start_ = 0;
    std::array<double, 2> user_system_start_{};
};

}  // namespace
}  // namespace flux::bench

int main(int argc, char** argv) {
    flux::bench::Options options;
    CLI::App app{"Loads a Socket.IO server with clients and prints what it cost"};
    app.add_option("--port", options.port)->required();
    app.add_option("--pid", options.server_pid, "the server's process, for CPU and memory");
    app.add_option("--path", options.path);
    app.add_option("--mode", options.mode)
        ->check(CLI::IsMember({"rate", "saturated", "burst", "listen", "idle"}));
    app.add_option("--join", options.join, "a message each client sends after CONNECT");
    app.add_option("--clients", options.clients);
    app.add_option("--stopped", options.stopped, "clients that stop reading");
    app.add_option("--bytes", options.bytes);
    app.add_flag("--deflate", options.deflate, "offer permessage-deflate");
    app.add_option("--rate", options.messages_per_second, "messages per second, for mode rate");
    app.add_option("--in-flight", options.in_flight, "for mode saturated");
    app.add_option("--burst", options.burst, "for mode burst");
    app.add_option("--seconds", options.seconds);
    app.add_option("--warm-up", options.warm_up_seconds);
    app.add_option("--messages", options.messages, "for mode listen");
    CLI11_PARSE(app, argc, argv);
    flux::bench::RaiseDescriptorLimit();
    return flux::bench::Load(options).Run();
}
