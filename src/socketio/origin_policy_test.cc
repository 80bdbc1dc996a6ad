#include "socketio/origin_policy.h"

#include <gtest/gtest.h>

namespace flux::socketio {
namespace {

net::HttpRequest Request(std::string_view origin, std::string_view host, bool secure = false) {
    net::HttpRequest request;
    request.headers = {{"Host", host}, {"Origin", origin}};
    request.secure = secure;
    return request;
}

std::string HeaderOf(const net::HttpResponse& response, std::string_view name) {
    for (const auto& [header, value] : response.headers) {
        if (header == name) return value;
    }
    return "(none)";
}

TEST(OriginPolicy, TheSameOriginIsAllowed) {
    const OriginPolicy policy({});
    EXPECT_TRUE(policy.Allows(Request("http://localhost:5173", "localhost:5173")));
    EXPECT_TRUE(policy.Allows(Request("HTTP://LocalHost:5173", "LOCALHOST:5173")));
    EXPECT_TRUE(policy.Allows(Request("http://a.example", "a.example:80")));
    EXPECT_TRUE(policy.Allows(Request("https://a.example:443", "a.example", true)));
    EXPECT_TRUE(policy.Allows(Request("https://a.example", "a.example")));  // TLS ends before us
}

TEST(OriginPolicy, OthersAreNot) {
    const OriginPolicy policy({});
    EXPECT_FALSE(policy.Allows(Request("http://localhost:5174", "localhost:5173")));
    EXPECT_FALSE(policy.Allows(Request("http://evil.example", "localhost:5173")));
    EXPECT_FALSE(policy.Allows(Request("http://localhost.evil.example:5173", "localhost:5173")));
    EXPECT_FALSE(policy.Allows(Request("http://a.example", "a.example", true)));
    EXPECT_FALSE(policy.Allows(Request("null", "a.example")));
    EXPECT_FALSE(policy.Allows(Request("", "a.example")));
    EXPECT_FALSE(policy.Allows(Request("ftp://a.example", "a.example")));
    EXPECT_FALSE(policy.Allows(Request("http://", "")));
}

TEST(OriginPolicy, ARequestWithoutOriginComesFromNoPage) {
    const OriginPolicy policy({});
    net::HttpRequest request;
    request.headers = {{"Host", "a"}};
    EXPECT_TRUE(policy.Allows(request));
}

TEST(OriginPolicy, TheListLetsInAndIsAnsweredWithCredentials) {
    const OriginPolicy policy({"https://shop.example"});
    EXPECT_TRUE(policy.Allows(Request("https://shop.example", "a.example")));
    EXPECT_FALSE(policy.Allows(Request("http://shop.example", "a.example")));
    const net::HttpResponse preflight = policy.Preflight(Request("https://shop.example", "a"));
    EXPECT_EQ(preflight.status, 204);
    EXPECT_EQ(HeaderOf(preflight, "Access-Control-Allow-Origin"), "https://shop.example");
    EXPECT_EQ(HeaderOf(preflight, "Access-Control-Allow-Credentials"), "true");
    EXPECT_EQ(HeaderOf(preflight, "Vary"), "Origin");
}

TEST(OriginPolicy, AStarLetsEveryoneInWithoutCredentials) {
    const OriginPolicy policy({"*", "https://shop.example"});
    EXPECT_TRUE(policy.Allows(Request("null", "a")));
    const net::HttpResponse any = policy.Preflight(Request("https://x.example", "a"));
    EXPECT_EQ(HeaderOf(any, "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(HeaderOf(any, "Access-Control-Allow-Credentials"), "(none)");
    const net::HttpResponse listed = policy.Preflight(Request("https://shop.example", "a"));
    EXPECT_EQ(HeaderOf(listed, "Access-Control-Allow-Credentials"), "true");
}

TEST(OriginPolicy, PreflightReflectsHeaderNamesOnly) {
    const OriginPolicy policy({"*"});
    net::HttpRequest request = Request("http://x", "a");
    request.headers.emplace_back("Access-Control-Request-Headers", "x-token, content-type");
    EXPECT_EQ(
        HeaderOf(policy.Preflight(request), "Access-Control-Allow-Headers"), "x-token, content-type"
    );
    request.headers.back().second = "x\"<script>";
    EXPECT_EQ(HeaderOf(policy.Preflight(request), "Access-Control-Allow-Headers"), "Content-Type");
}

}  // namespace
}  // namespace flux::socketio
