#include "net/static_files.h"

#include "net/accept_encoding.h"
#include "net/server_fixture.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace flux::net {
namespace {

namespace fs = std::filesystem;
using testing::ServerTest;
using testing::TestResponse;
using testing::TestSocket;

class StaticFilesTest : public ServerTest {
protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "flux-static-XXXXXX").string();
        root_ = ::mkdtemp(pattern.data());
        Put("index.html", "<!doctype html><p>home</p>");
        Put("assets/app-Bx3_f-9Z.js", "console.log('application application application')");
        Put("assets/app-Bx3_f-9Z.js.br", "br-bytes");
        Put("assets/app-Bx3_f-9Z.js.gz", "gzip-bytes");
        Put("assets/plain.css", "p{}");
        Put("favicon.svg", "<svg/>");
        Put("with space.txt", "spaced");
        Put("empty.txt", "");
    }
    void TearDown() override {
        ServerTest::TearDown();
        fs::remove_all(root_);
    }

    void Put(const std::string& path, std::string_view content) {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path, std::ios::binary) << content;
    }
    std::shared_ptr<const StaticFiles> Load() {
        auto files = StaticFiles::Load(root_.string());
        EXPECT_TRUE(files) << (files ? "" : files.error().context);
        return *files;
    }
    /// A server's answer to a raw target, so that nothing on the client's side tidies it up.
    TestResponse Get(std::string_view target, std::string_view headers = {}) {
        if (port_ == 0) {
            StartShards(1);
            port_ = *server_->Listen(Loopback(), {{"/", StaticFiles::App(Load())}});
        }
        return TestSocket(port_).Get(target, headers);
    }

    fs::path root_;
    std::uint16_t port_ = 0;
};

TEST_F(StaticFilesTest, ServesFilesWithTheirTypes) {
    const TestResponse home = Get("/");
    EXPECT_EQ(home.status, 200);
    EXPECT_EQ(home.body, "<!doctype html><p>home</p>");
    EXPECT_EQ(home.Header("content-type"), "text/html; charset=utf-8");
    EXPECT_EQ(Get("/index.html").body, home.body);
    EXPECT_EQ(Get("/index.html?v=1").body, home.body);
    EXPECT_EQ(Get("/assets/plain.css").Header("content-type"), "text/css; charset=utf-8");
    EXPECT_EQ(Get("/favicon.svg").Header("content-type"), "image/svg+xml");
    EXPECT_EQ(Get("/with%20space.txt").body, "spaced");
    const TestResponse empty = Get("/empty.txt");
    EXPECT_EQ(empty.status, 200);
    EXPECT_EQ(empty.Header("content-length"), "0");
}

TEST_F(StaticFilesTest, CachesByHashedNameAndAsksForPages) {
    EXPECT_EQ(
        Get("/assets/app-Bx3_f-9Z.js").Header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    EXPECT_EQ(Get("/").Header("cache-control"), "no-cache");
    EXPECT_EQ(Get("/assets/plain.css").Header("cache-control"), "public, max-age=3600");
}

TEST_F(StaticFilesTest, ProtectsPages) {
    const TestResponse home = Get("/");
    EXPECT_EQ(home.Header("x-content-type-options"), "nosniff");
    const std::string policy = home.Header("content-security-policy");
    EXPECT_NE(policy.find("default-src 'self'"), std::string::npos);
    for (const char* loophole : {"unsafe-inline", "unsafe-eval", "data:", "*"})
        EXPECT_EQ(policy.find(loophole), std::string::npos) << loophole;
    EXPECT_EQ(home.Header("referrer-policy"), "same-origin");
    const TestResponse script = Get("/assets/app-Bx3_f-9Z.js");
    EXPECT_EQ(script.Header("x-content-type-options"), "nosniff");
    EXPECT_EQ(script.Header("content-security-policy"), "");
}

TEST_F(StaticFilesTest, ChoosesTheFormTheClientLikesBest) {
    const auto encoding = [&](std::string_view accepted) {
        const std::string header = "Accept-Encoding: " + std::string(accepted) + "\r\n";
        const TestResponse response = Get("/assets/app-Bx3_f-9Z.js", header);
        EXPECT_EQ(response.Header("vary"), "Accept-Encoding");
        EXPECT_EQ(response.Header("content-type"), "text/javascript; charset=utf-8");
        const std::string chosen = response.Header("content-encoding");
        if (!chosen.empty()) {
            EXPECT_EQ(response.body, chosen + "-bytes");
        }
        return chosen;
    };
    EXPECT_EQ(encoding("gzip, deflate, br"), "br");
    EXPECT_EQ(encoding("gzip, br;q=0.5"), "gzip");
    EXPECT_EQ(encoding("gzip;q=0.2, br;q=0.2, identity;q=0.1"), "br");
    EXPECT_EQ(encoding("br;q=0, gzip;q=0"), "");
    EXPECT_EQ(encoding("*"), "br");
    EXPECT_EQ(encoding("*;q=0, gzip"), "gzip");
    EXPECT_EQ(encoding("deflate"), "");
    EXPECT_EQ(encoding("gzip;q=0.3, identity;q=0.8"), "");
    EXPECT_EQ(Get("/assets/app-Bx3_f-9Z.js").Header("content-encoding"), "");
    EXPECT_EQ(Get("/", "Accept-Encoding: br\r\n").Header("content-encoding"), "");
    EXPECT_EQ(Get("/assets/app-Bx3_f-9Z.js.br").status, 404);  // a form is no file of its own
}

TEST_F(StaticFilesTest, AnswersNotModifiedToWhoHasItAlready) {
    const std::string etag = Get("/").Header("etag");
    ASSERT_EQ(etag.size(), 34u);
    const auto status = [&](const std::string& condition, std::string_view more = {}) {
        return Get("/", "If-None-Match: " + condition + "\r\n" + std::string(more)).status;
    };
    const TestResponse unchanged = Get("/", "If-None-Match: " + etag + "\r\n");
    EXPECT_EQ(unchanged.status, 304);
    EXPECT_EQ(unchanged.body, "");
    EXPECT_EQ(unchanged.Header("etag"), etag);
    EXPECT_EQ(unchanged.Header("cache-control"), "no-cache");
    EXPECT_EQ(status("\"other\", W/" + etag), 304);
    EXPECT_EQ(status("*"), 304);
    EXPECT_EQ(status("\"other\""), 200);
    const std::string plain = Get("/assets/app-Bx3_f-9Z.js").Header("etag");
    const std::string packed =
        Get("/assets/app-Bx3_f-9Z.js", "Accept-Encoding: br\r\n").Header("etag");
    EXPECT_NE(plain, packed) << "different bytes under one strong tag";
}

TEST_F(StaticFilesTest, NoRequestLeadsOutside) {
    Put("../flux-static-secret.txt", "secret");
    std::error_code error;
    fs::create_symlink("/etc/passwd", root_ / "passwd", error);
    fs::create_directory_symlink("/etc", root_ / "etc", error);
    for (const char* target :
         {"/../flux-static-secret.txt",
          "/assets/../../flux-static-secret.txt",
          "/%2e%2e/flux-static-secret.txt",
          "/..%2fflux-static-secret.txt",
          "//etc/passwd",
          "/passwd",
          "/etc/passwd",
          "/etc/hostname",
          "/%00index.html",
          "/index.html%00",
          "/assets",
          "/assets/",
          "/./index.html",
          "/nothing"}) {
        EXPECT_EQ(Get(target).status, 404) << target;
    }
    fs::remove(root_ / "../flux-static-secret.txt");
}

TEST_F(StaticFilesTest, OnlyReads) {
    Get("/");
    TestSocket client(port_);
    const TestResponse refused =
        client.Ask("DELETE /index.html HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(refused.Header("allow"), "GET, HEAD");
    client.Send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const TestResponse head = client.ReadResponse(true);
    EXPECT_EQ(head.Header("content-length"), "26");
    EXPECT_EQ(head.Header("content-type"), "text/html; charset=utf-8");
    EXPECT_EQ(client.Get("/favicon.svg").body, "<svg/>");
}

TEST_F(StaticFilesTest, StandsBehindAPrefix) {
    StaticFilesOptions options;
    options.url_prefix = "/app/";
    const auto files = StaticFiles::Load(root_.string(), options);
    ASSERT_TRUE(files);
    StartShards(1);
    port_ = *server_->Listen(Loopback(), {{"/app/", StaticFiles::App(*files)}});
    EXPECT_EQ(Get("/app/favicon.svg").status, 200);
    EXPECT_EQ(Get("/app/").status, 200);
    EXPECT_EQ(Get("/favicon.svg").status, 404);
}

TEST_F(StaticFilesTest, SaysWhyADirectoryCannotBeServed) {
    const auto missing = StaticFiles::Load((root_ / "nowhere").string());
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
    EXPECT_NE(missing.error().context.find("nowhere"), std::string::npos);
    const auto no_index = StaticFiles::Load((root_ / "assets").string());
    ASSERT_FALSE(no_index);
    EXPECT_NE(no_index.error().context.find("index.html"), std::string::npos);
    StaticFilesOptions small;
    small.bytes_max = 10;
    const auto too_large = StaticFiles::Load(root_.string(), small);
    ASSERT_FALSE(too_large);
    EXPECT_EQ(too_large.error().code, ErrorCode::kTooLarge);
}

TEST(EncodingQuality, ReadsWhatClientsSend) {
    EXPECT_EQ(EncodingQuality("", "identity"), 1000);
    EXPECT_EQ(EncodingQuality("", "br"), 0);
    EXPECT_EQ(EncodingQuality("BR", "br"), 1000);
    EXPECT_EQ(EncodingQuality("br ; q=0.123", "br"), 123);
    EXPECT_EQ(EncodingQuality("br;Q=0.5", "br"), 500);
    EXPECT_EQ(EncodingQuality("br;x=1;q=0.5", "br"), 500);
    EXPECT_EQ(EncodingQuality("br;q=1.000", "br"), 1000);
    EXPECT_EQ(EncodingQuality("br;q=2", "br"), 0);
    EXPECT_EQ(EncodingQuality("br;q=nonsense", "br"), 0);
    EXPECT_EQ(EncodingQuality("*;q=0.1", "identity"), 100);
    EXPECT_EQ(EncodingQuality("identity;q=0", "identity"), 0);
}

}  // namespace
}  // namespace flux::net
