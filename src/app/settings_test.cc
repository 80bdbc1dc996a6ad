#include "app/settings.h"

#include "base/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SettingsTest : public testing::Test {
protected:
    SettingsTest() { Bind(registry_, settings_); }

    std::vector<std::string> Apply(std::string_view toml) {
        config::Problems problems;
        config::ApplyText(registry_, toml, "f", problems);
        if (problems.empty()) Complete(registry_, settings_, problems);
        return problems.lines();
    }

    Settings settings_;
    config::Registry registry_;
};

TEST_F(SettingsTest, TheDefaultsAreTheDocumentedOnesAndFitTogether) {
    EXPECT_THAT(Apply(""), IsEmpty());
    EXPECT_EQ(settings_.http.port, 5173);
    EXPECT_EQ(settings_.admin.port, 9464);
    EXPECT_THAT(settings_.http.addresses, ElementsAre("127.0.0.1", "::1"));
    EXPECT_EQ(settings_.admin.address, "127.0.0.1");
    EXPECT_EQ(settings_.data_dir, "flux-data");
    EXPECT_EQ(settings_.domains.crypto.products.size(), 12U);
    EXPECT_EQ(settings_.domains.crypto.flush_interval, 1s);
    EXPECT_EQ(settings_.socketio.ping_interval, 25s);
    EXPECT_EQ(settings_.socketio.ping_timeout, 20s);
    EXPECT_GE(settings_.gateway.tables.routes.size(), 1U);
}

TEST_F(SettingsTest, EveryDefaultIsWithinItsOwnBounds) {
    // What is printed as default must be accepted when it is written into a file.
    std::string file;
    for (const config::Setting& setting : registry_.settings()) {
        if (setting.kind != config::Kind::kSecret) {
            file += setting.name + " = " + setting.initial + "\n";
        }
    }
    EXPECT_THAT(Apply(file), IsEmpty());
}

TEST_F(SettingsTest, AFeedThatIsNamedIsUsed) {
    EXPECT_THAT(Apply(""), IsEmpty());
    EXPECT_EQ(settings_.domains.source[Domain::kCrypto], Source::kAuto);
    EXPECT_THAT(Apply("[coinbase]\nws_url = \"ws://127.0.0.1:1\"\n"), IsEmpty());
    EXPECT_EQ(settings_.domains.source[Domain::kCrypto], Source::kLive);
}

TEST_F(SettingsTest, AFeedAndTheSimulatorAreNotAskedForAtOnce) {
    EXPECT_THAT(
        Apply("[crypto]\nsource = \"simulated\"\n[coinbase]\nws_url = \"ws://127.0.0.1:1\"\n"),
        ElementsAre(HasSubstr("f:2: crypto.source is simulated, but coinbase.ws_url"))
    );
}

TEST_F(SettingsTest, ADomainIsLiveOnceItHasAKey) {
    EXPECT_THAT(Apply(""), IsEmpty());
    for (const Domain domain : kDomains)
        EXPECT_EQ(settings_.domains.source[domain], Source::kAuto);
    settings_.domains.newsdata_key = config::Secret("k");
    EXPECT_THAT(Apply(""), IsEmpty());
    EXPECT_EQ(settings_.domains.source[Domain::kNews], Source::kLive);
    EXPECT_EQ(settings_.domains.source[Domain::kStock], Source::kAuto);
}

TEST_F(SettingsTest, ASourceThatIsChosenStays) {
    settings_.domains.newsdata_key = config::Secret("k");
    EXPECT_THAT(Apply("[news]\nsource = \"simulated\"\n[stock]\nsource = \"live\"\n"), IsEmpty());
    EXPECT_EQ(settings_.domains.source[Domain::kNews], Source::kSimulated);
    EXPECT_EQ(settings_.domains.source[Domain::kStock], Source::kLive);
}

TEST_F(SettingsTest, SimulatedDomainsAreAimedAtTheSimulatorWithoutTheirKeys) {
    settings_.domains.newsdata_key = config::Secret("real");
    settings_.domains.finnhub_key = config::Secret("real too");
    EXPECT_THAT(Apply("[news]\nsource = \"simulated\"\n[upstream]\nca_file = \"ca\"\n"), IsEmpty());
    AimDomains(settings_.domains, 4711);
    EXPECT_EQ(settings_.domains.news.base_url, "http://127.0.0.1:4711/newsdata/api/1");
    EXPECT_NE(settings_.domains.news.key, "real");
    EXPECT_TRUE(settings_.domains.news.simulated);
    EXPECT_EQ(settings_.domains.stock.base_url, "https://finnhub.io/api/v1");
    EXPECT_EQ(settings_.domains.stock.key, "real too");
    EXPECT_EQ(settings_.domains.stock.ca_file, "ca");
    EXPECT_FALSE(settings_.domains.stock.simulated);
    EXPECT_EQ(settings_.domains.stock.calls_per_second, 10U);
    EXPECT_EQ(settings_.domains.weather.base_url, "http://127.0.0.1:4711/openweather");
    EXPECT_EQ(settings_.domains.crypto.ws_url, "ws://127.0.0.1:4711");
    EXPECT_EQ(settings_.domains.crypto.coingecko_url, "http://127.0.0.1:4711/coingecko/api/v3");
}

TEST_F(SettingsTest, ThePublicUrlFollowsTheListenerUnlessItIsSaid) {
    EXPECT_THAT(Apply("[http]\nport = 8080\n"), IsEmpty());
    EXPECT_EQ(settings_.domains.weather.public_url, "http://localhost:8080");
    EXPECT_THAT(Apply("public_url = \"https://flux.example\"\n"), IsEmpty());
    EXPECT_EQ(settings_.domains.weather.public_url, "https://flux.example");
}

TEST_F(SettingsTest, TheDrainFitsIntoTheShutdown) {
    EXPECT_THAT(
        Apply("[shutdown]\ndrain_window = \"3s\"\ntimeout = \"8s\"\n"),
        ElementsAre(HasSubstr("shutdown.drain_window and socketio.close_timeout together"))
    );
    EXPECT_THAT(Apply("[socketio]\nclose_timeout = \"4s\"\n"), IsEmpty());
}

TEST_F(SettingsTest, TheLargestMessageFitsIntoTheBudgets) {
    EXPECT_THAT(
        Apply("[limits]\nbytes_burst = \"999999B\"\n"),
        ElementsAre(HasSubstr("f:2: limits.bytes_burst must be at least socketio.max_payload"))
    );
    EXPECT_THAT(
        Apply("[limits]\nbytes_burst = 1000000\ntotal_bytes_per_second = \"1MiB\"\n"
              "total_bytes_burst = \"64KiB\"\n"),
        ElementsAre(HasSubstr("f:4: limits.total_bytes_burst must be at least socketio.max_payload")
        )
    );
    EXPECT_THAT(Apply("[socketio]\nmax_payload = \"32KiB\"\n"), IsEmpty());
    EXPECT_THAT(
        Apply("[socketio]\nmax_payload = 1000000\n[limits]\nbytes_per_second = 0\n"
              "bytes_burst = \"1KiB\"\ntotal_bytes_per_second = 0\n"),
        IsEmpty()
    );
}

TEST_F(SettingsTest, ReachTheListeners) {
    EXPECT_THAT(
        Apply("[http]\nport = 1\naddresses = [\"::1\"]\nconnections_max = 7\n"
              "trusted_proxies = [\"10.0.0.0/8\"]\n[admin]\nport = 2\n[socketio]\n"
              "send_buffer = \"8KiB\"\n[gateway]\nid = \"7\"\n"),
        IsEmpty()
    );
    const net::ListenerOptions web = WebListener(settings_);
    EXPECT_EQ(web.port, 1);
    EXPECT_EQ(web.port_setting, "http.port");
    EXPECT_THAT(web.addresses, ElementsAre("::1"));
    EXPECT_EQ(web.connections_max, 7U);
    EXPECT_EQ(web.send_buffer_bytes, 8 * KiB);
    EXPECT_TRUE(web.trusted_proxies.Contains(net::IpAddress::Parse("10.9.8.7").value()));
    EXPECT_EQ(AdminListener(settings_).port, 2);
    EXPECT_EQ(AdminListener(settings_).port_setting, "admin.port");
    EXPECT_EQ(settings_.socketio.gateway_id, '7');
}

TEST_F(SettingsTest, TheBoundsOfRequestsReachTheListener) {
    EXPECT_THAT(
        Apply("[http]\nhosts = [\"flux.example\", \"2001:db8::1\"]\nhead_bytes_max = \"32KiB\"\n"
              "head_lines_max = 50\nhead_timeout = \"1s\"\nbody_timeout = \"2s\"\n"
              "keep_alive_timeout = \"3s\"\nconnections_per_address_max = 9\n"
              "[admin]\nhosts = [\"ops.example\"]\n"),
        IsEmpty()
    );
    const net::ListenerOptions web = WebListener(settings_);
    EXPECT_THAT(web.hosts, ElementsAre("flux.example", "2001:db8::1"));
    EXPECT_EQ(web.hosts_setting, "http.hosts");
    EXPECT_EQ(web.head_bytes_max, 32 * KiB);
    EXPECT_EQ(web.head_lines_max, 50U);
    EXPECT_EQ(web.head_time_max, Milliseconds(1'000));
    EXPECT_EQ(web.body_time_max, Milliseconds(2'000));
    EXPECT_EQ(web.keep_alive_time_max, Milliseconds(3'000));
    EXPECT_EQ(web.connections_per_address_max, 9U);
    const net::ListenerOptions admin = AdminListener(settings_);
    EXPECT_THAT(admin.hosts, ElementsAre("ops.example"));
    EXPECT_EQ(admin.hosts_setting, "admin.hosts");
}

TEST_F(SettingsTest, TheBoundsOfSessionsReachSocketIo) {
    EXPECT_THAT(
        Apply("[socketio]\nsessions_per_address_max = 5\nupgrade_timeout = \"1s\"\n"
              "close_timeout = \"2s\"\nmessage_timeout = \"3s\"\nreassembly_timeout = \"4s\"\n"),
        IsEmpty()
    );
    EXPECT_EQ(settings_.socketio.sessions_per_address_max, 5U);
    EXPECT_EQ(settings_.socketio.upgrade_time_max, Milliseconds(1'000));
    EXPECT_EQ(settings_.socketio.close_time_max, Milliseconds(2'000));
    EXPECT_EQ(settings_.socketio.message_time_max, Milliseconds(3'000));
    EXPECT_EQ(settings_.socketio.reassembly_time_max, Milliseconds(4'000));
}

TEST_F(SettingsTest, WhatProtectsKafkaIsNotPassedOverInSilence) {
    EXPECT_THAT(
        Apply("[kafka]\nca_file = \"ca.pem\"\n"),
        ElementsAre(AllOf(
            HasSubstr("f:2: kafka.ca_file is for TLS, but kafka.security_protocol is plaintext"),
            HasSubstr("set it to sasl_ssl or ssl")
        ))
    );
    EXPECT_THAT(
        Apply("[kafka]\nca_file = \"\"\nsasl_username = \"flux\"\n"),
        ElementsAre(AllOf(
            HasSubstr("f:3: kafka.sasl_username says how to log in"),
            HasSubstr("set it to sasl_ssl or sasl_plaintext")
        ))
    );
    settings_.kafka_password = config::Secret("x");
    EXPECT_THAT(
        Apply("[kafka]\nsasl_username = \"\"\nsecurity_protocol = \"ssl\"\n"),
        ElementsAre(HasSubstr("kafka.sasl_password says how to log in"))
    );
    EXPECT_THAT(
        Apply("[kafka]\nsecurity_protocol = \"sasl_plaintext\"\nsasl_mechanism = \"PLAIN\"\n"
              "sasl_username = \"flux\"\nca_file = \"ca.pem\"\n"),
        ElementsAre(HasSubstr("f:5: kafka.ca_file is for TLS"))
    );
    EXPECT_THAT(Apply("[kafka]\nsecurity_protocol = \"sasl_ssl\"\n"), IsEmpty());
}

TEST_F(SettingsTest, ABrokerHasAPortThatCanBe) {
    for (const char* wrong :
         {"k:0", "k:65536", "k:99999", "k:1,l:70000", "k:-1", "k:+1", "k:", "k:9a"}) {
        EXPECT_THAT(
            Apply(std::string("[kafka]\nbrokers = \"") + wrong + "\"\n"),
            ElementsAre(HasSubstr("kafka.brokers must be host:port"))
        ) << wrong;
    }
    EXPECT_THAT(Apply("[kafka]\nbrokers = \"k:1,[::1]:65535\"\n"), IsEmpty());
}

TEST_F(SettingsTest, OneAddressMayNotTakeAllPlaces) {
    EXPECT_LE(settings_.http.connections_per_address_max * 4, settings_.http.connections_max);
    EXPECT_LE(settings_.socketio.sessions_per_address_max * 4, settings_.socketio.sessions_max);
}

TEST_F(SettingsTest, RowsBecomeRoutes) {
    const std::size_t built_in = gateway::DefaultRoutingTables().routes.size();
    EXPECT_THAT(
        Apply("[[route]]\nname = \"a\"\ntopic = \"t\"\nroom = \"r\"\nevent = \"e\"\n"), IsEmpty()
    );
    EXPECT_EQ(settings_.gateway.tables.routes.size(), built_in + 1);
}

TEST_F(SettingsTest, ValuesThatAreNoSuchThing) {
    EXPECT_THAT(
        Apply("[http]\naddresses = [\"here\"]\ntrusted_proxies = [\"10.0.0.0/33\"]\n"
              "[gateway]\nid = \"A\"\n[coinbase]\nws_url = \"https://x\"\n"
              "[crypto]\nproducts = [\"btc usd\"]\n"),
        ElementsAre(
            HasSubstr("f:2: http.addresses must be a list in which each item is an IP address"),
            HasSubstr("f:3: http.trusted_proxies"),
            HasSubstr("f:5: gateway.id must be one character of a-z, 0-9"),
            HasSubstr("f:7: coinbase.ws_url must be a ws:// or wss:// URL"),
            HasSubstr("f:9: crypto.products")
        )
    );
}

TEST_F(SettingsTest, ListeningBeyondThisMachineMustBeMeant) {
    EXPECT_THAT(
        Apply("http.addresses = [\"127.0.0.1\", \"192.0.2.1\"]\n"),
        ElementsAre(HasSubstr("admin.token_file"), HasSubstr("auth.mode"))
    );
    settings_.admin.token = config::Secret("x");
    EXPECT_THAT(Apply(""), ElementsAre(HasSubstr("auth.mode")));
    EXPECT_THAT(Apply("auth.mode = \"none\"\n"), IsEmpty());
}

TEST_F(SettingsTest, ShardsFollowTheCoresUnlessSet) {
    EXPECT_GE(ShardCount(settings_), 1U);
    settings_.shards = 5;
    EXPECT_EQ(ShardCount(settings_), 5U);
}

}  // namespace
}  // namespace flux::app
