// Clients that may recover, at gateways with replay and snapshot routes.
#pragma once

#include "gateway/gateway_fixture.h"
#include "json/json_check.h"
#include "json/json_fields.h"

#include <fmt/format.h>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway::testing {

inline constexpr std::string_view kReplayRoutes = R"(
[[topic]]
name = "orders"
partitions = 2

[[route]]
name = "orders"
topic = "orders"
room = "orders.{region}"
event = "order"
recovery = "replay"

[[route]]
name = "orders.all"
topic = "orders"
room = "all"
event = "any"
recovery = "replay"

[[route]]
name = "state"
topic = "state"
room = "orders.{region}"
event = "state"
snapshot = "latest"
conflate_by = "{region}"

[[route]]
name = "notes"
topic = "notes"
room = "all"
event = "note"
recovery = "none"
snapshot = "latest"

[[intent]]
event = "watch"
rooms = ["orders.{region}"]

[[intent]]
event = "all"
rooms = ["all"]
)";

/// A Socket.IO client that may recover: remembers what the official one does.
class ReplayClient {
public:
    /// `members`: more of the auth payload.
    explicit ReplayClient(
        std::uint16_t port, const ReplayClient* before = nullptr, std::string_view members = ""
    )
        : socket_(port) {
        socket_.Send(net::testing::UpgradeRequest("/socket.io/?EIO=4&transport=websocket"));
        EXPECT_EQ(socket_.ReadResponse(true).status, 101);
        Packet();
        std::string auth = R"({"recover":true)";
        if (before != nullptr) {
            offset = before->offset;
            auth += R"(,"pid":")" + before->pid + '"';
            if (offset) auth += R"(,"offset":)" + json::Quote(*offset);
        }
        if (!members.empty()) auth += ',';
        auth += members;
        Send("40" + auth + '}');
        const std::string reply = Packet();
        sid = TextIn(reply.substr(2), "sid");
        pid = TextIn(reply.substr(2), "pid");
    }

    void Send(std::string_view text) {
        socket_.Send(net::testing::ClientFrame(net::Opcode::kText, text));
    }

    std::string Packet() {
        const net::testing::TestFrame frame = socket_.ReadFrame();
        return frame.valid && frame.opcode == net::Opcode::kText ? frame.payload : std::string();
    }

    /// `name argument` of the next event.
    std::string Event() {
        for (;;) {
            const std::string text = Packet();
            if (!text.starts_with("42[")) {
                if (text.empty() || !text.starts_with("43")) return text;
                continue;
            }
            std::vector<std::string_view> items;
            const std::string array = text.substr(2);
            for (json::ArrayReader reader(array); reader.Next();)
                items.push_back(reader.value());
            if (const auto last = json::AsString(items.back())) offset = *last;
            return json::AsString(items[0]).value_or("") + ' ' +
                   std::string(items.size() > 1 ? items[1] : "");
        }
    }

    void Join(std::string_view event, std::string_view argument = "{}") {
        Send(fmt::format(R"(421["{}",{}])", event, argument));
        while (!Packet().starts_with("431[")) {
        }
    }

    void Cut() { socket_.Close(); }

    std::string sid;
    std::string pid;
    std::optional<std::string> offset;

private:
    static std::string TextIn(const std::string& object, std::string_view name) {
        const auto member = json::Member(object, name);
        return member ? json::AsString(*member).value_or("") : "";
    }
    net::testing::TestSocket socket_;
};

class RecoveryAtGateway : public GatewayTest {
protected:
    void Begin(std::string_view toml = kReplayRoutes) { Start(toml); }

    void Order(std::string_view region, int number, std::optional<std::string> key = "k") {
        Publish("orders", std::move(key), OrderOf(region, number));
    }
    static std::string OrderOf(std::string_view region, int number) {
        return fmt::format(R"({{"region":"{}","n":{}}})", region, number);
    }
    static std::string OrderEvent(std::string_view region, int number) {
        return "order " + OrderOf(region, number);
    }
    double Outcome(std::string_view name) const {
        double sum = 0;
        std::istringstream lines(metrics_.Scrape());
        const std::string wanted = "outcome=\"" + std::string(name) + '"';
        for (std::string line; std::getline(lines, line);) {
            if (!line.starts_with("flux_socketio_recoveries_total{")) continue;
            if (line.find(wanted) == std::string::npos) continue;
            sum += std::stod(line.substr(line.rfind(' ') + 1));
        }
        return sum;
    }
};

}  // namespace flux::gateway::testing
