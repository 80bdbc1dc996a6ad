#include "net/http_parser.h"

#include "limits/limits.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flux::net {
namespace {

/// What one head comes to: 0 and the request, or the status that refuses it.
struct Outcome {
    int status = 0;
    HttpRequest request;
    RequestFraming framing;
    std::string_view sentence;
};

Outcome Read(std::string_view text) {
    Outcome outcome;
    HeadScanner scanner;
    const HeadScanner::State state = scanner.Scan(text);
    if (state == HeadScanner::State::kNeedMore) {
        outcome.status = -1;
    } else if (state == HeadScanner::State::kFault) {
        outcome.status = scanner.fault().status;
        outcome.sentence = scanner.fault().sentence;
    } else if (const auto fault = ParseHead(
                   text.substr(0, scanner.head_bytes()), outcome.request, outcome.framing
               )) {
        outcome.status = fault->status;
        outcome.sentence = fault->sentence;
    }
    return outcome;
}

int StatusOf(std::string_view text) {
    return Read(text).status;
}

int StatusWith(std::string_view headers) {
    return StatusOf("GET / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n");
}

TEST(HttpParser, ReadsARequest) {
    const std::string text =
        "POST /a%20b/c?x=1&y=%41+b&z HTTP/1.1\r\nHost: example.com:80\r\n"
        "X-Empty:\r\nX-Blank: \t v w \t\r\nContent-Length: 12\r\n\r\n";
    const Outcome read = Read(text);
    ASSERT_EQ(read.status, 0) << read.sentence;
    const HttpRequest& request = read.request;
    EXPECT_EQ(request.method, Method::kPost);
    EXPECT_EQ(request.method_text, "POST");
    EXPECT_EQ(request.target, "/a%20b/c?x=1&y=%41+b&z");
    EXPECT_EQ(request.path, "/a%20b/c");
    EXPECT_EQ(request.query, "x=1&y=%41+b&z");
    EXPECT_EQ(request.minor_version, 1);
    EXPECT_TRUE(request.keep_alive);
    EXPECT_EQ(request.headers.size(), 4u);
    EXPECT_EQ(request.Header("HOST"), "example.com:80");
    EXPECT_EQ(request.Header("x-blank"), "v w");
    EXPECT_TRUE(request.HasHeader("x-empty"));
    EXPECT_EQ(request.Header("x-empty"), "");
    EXPECT_FALSE(request.HasHeader("x-absent"));
    EXPECT_EQ(read.framing.content_length, 12u);
    bool found = false;
    EXPECT_EQ(request.QueryParameter("y", &found), "A b");
    EXPECT_TRUE(found);
    EXPECT_EQ(request.QueryParameter("z", &found), "");
    EXPECT_TRUE(found);
    EXPECT_EQ(request.QueryParameter("q", &found), "");
    EXPECT_FALSE(found);
}

TEST(HttpParser, EverySplitOfARequestReadsTheSame) {
    const std::string text =
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\n"
        "User-Agent: t\r\nCookie: a=b; c=d\r\n\r\n";
    for (std::size_t first = 1; first < text.size(); ++first) {
        for (std::size_t second = first; second < text.size(); ++second) {
            HeadScanner scanner;
            const std::string_view whole = text;
            ASSERT_EQ(scanner.Scan(whole.substr(0, first)), HeadScanner::State::kNeedMore);
            ASSERT_EQ(scanner.Scan(whole.substr(0, second)), HeadScanner::State::kNeedMore);
            ASSERT_EQ(scanner.Scan(whole), HeadScanner::State::kComplete);
            ASSERT_EQ(scanner.head_bytes(), text.size());
        }
    }
}

TEST(HttpParser, KnowsHowLongTheConnectionLives) {
    const auto keeps = [](const char* version, const char* header) {
        const std::string text =
            std::string("GET / ") + version + "\r\nHost: a\r\n" + header + "\r\n";
        return Read(text).request.keep_alive;
    };
    EXPECT_TRUE(keeps("HTTP/1.1", ""));
    EXPECT_FALSE(keeps("HTTP/1.1", "Connection: Close\r\n"));
    EXPECT_FALSE(keeps("HTTP/1.1", "Connection: upgrade, close\r\n"));
    EXPECT_FALSE(keeps("HTTP/1.0", ""));
    EXPECT_TRUE(keeps("HTTP/1.0", "Connection: Keep-Alive\r\n"));
    EXPECT_FALSE(keeps("HTTP/1.0", "Connection: keep-alive\r\nConnection: close\r\n"));
}

TEST(HttpParser, RefusesBadRequestLines) {
    const auto line = [](std::string_view text) {
        return StatusOf(std::string(text) + "\r\nHost: a\r\n\r\n");
    };
    EXPECT_EQ(line("GET / HTTP/1.1"), 0);
    EXPECT_EQ(line("M-SEARCH /x HTTP/1.1"), 0);
    EXPECT_EQ(line("OPTIONS * HTTP/1.1"), 0);
    EXPECT_EQ(line("GET http://a/x?y HTTP/1.1"), 0);
    EXPECT_EQ(line("GET / HTTP/2.0"), 505);
    EXPECT_EQ(line("GET / HTTP/1.2"), 505);
    for (const char* bad :
         {"GET /",
          "GET  / HTTP/1.1",
          "GET / HTTP/1.1 ",
          " GET / HTTP/1.1",
          "GET / http/1.1",
          "GE(T / HTTP/1.1",
          "/ HTTP/1.1",
          "GET / HTTP/11",
          "GET /a b HTTP/1.1",
          "GET\t/\tHTTP/1.1",
          "GET /\x01 HTTP/1.1",
          "GET /\x80 HTTP/1.1",
          "GET /#frag HTTP/1.1",
          "GET /<> HTTP/1.1",
          "GET x HTTP/1.1",
          "GET * HTTP/1.1",
          "CONNECT a:1 HTTP/1.1",
          "GET ftp://a/ HTTP/1.1",
          "AVERYLONGMETHODNAMETHATNOBODYEVERUSES / HTTP/1.1",
          "GET / HTTP/1.1\r"}) {
        EXPECT_EQ(line(bad), 400) << bad;
    }
}

TEST(HttpParser, SplitsAnAbsoluteTarget) {
    const std::string text =
        "GET http://shop.example:80/a/b?c HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    EXPECT_EQ(Read(text).request.path, "/a/b");
    EXPECT_EQ(Read(text).request.query, "c");
    const std::string bare = "GET http://shop.example HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    EXPECT_EQ(Read(bare).request.path, "/");
}

TEST(HttpParser, RefusesBadHeaders) {
    EXPECT_EQ(StatusWith("X: y\r\n"), 0);
    EXPECT_EQ(StatusWith("X: caf\xc3\xa9\r\n"), 0);
    for (const char* bad :
         {"X : y\r\n",
          ": y\r\n",
          "X\r\n",
          "X(: y\r\n",
          " X: y\r\n",
          "\tX: y\r\n",
          "X: a\x01z\r\n",
          "X: a\x7fz\r\n",
          "X: a\rb\r\n",
          "X: a\nY: b\r\n",
          "X: a\r\n folded\r\n"}) {
        EXPECT_EQ(StatusWith(bad), 400) << bad;
    }
    EXPECT_EQ(StatusWith(std::string_view("X: a\0b\r\n", 8)), 400);
    EXPECT_EQ(StatusOf("GET / HTTP/1.1\nHost: a\n\n"), 400);
    EXPECT_EQ(StatusOf("\n"), 400);
}

TEST(HttpParser, NeedsExactlyOneGoodHost) {
    EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(StatusOf("GET / HTTP/1.0\r\n\r\n"), 0);
    EXPECT_EQ(StatusWith("Host: a\r\n"), 400);
    EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), 0);
    EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400);
    EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400);
    EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), 400);
}

TEST(HttpParser, RefusesEveryDoubtAboutTheBody) {
    EXPECT_EQ(StatusWith("Content-Length: 0\r\n"), 0);
    EXPECT_EQ(StatusWith("Transfer-Encoding: Chunked\r\n"), 0);
    for (const char* bad :
         {"Content-Length: \r\n",
          "Content-Length: -1\r\n",
          "Content-Length: +1\r\n",
          "Content-Length: 1,1\r\n",
          "Content-Length: 0x1\r\n",
          "Content-Length: 1 1\r\n",
          "Content-Length: 9999999999999999999\r\n",
          "Content-Length: 1\r\nContent-Length: 1\r\n",
          "Content-Length: 1\r\ncontent-length: 2\r\n",
          "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"}) {
        EXPECT_EQ(StatusWith(bad), 400) << bad;
    }
    for (const char* bad :
         {"Transfer-Encoding: gzip\r\n",
          "Transfer-Encoding: gzip, chunked\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: \r\n",
          "Transfer-Encoding: xchunked\r\n"}) {
        EXPECT_EQ(StatusWith(bad), 501) << bad;
    }
    EXPECT_EQ(StatusOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    EXPECT_EQ(StatusWith("Expect: 100-Continue\r\n"), 0);
    EXPECT_EQ(StatusWith("Expect: the-unexpected\r\n"), 417);
}

// LIM-08
TEST(HttpParser, BoundsTheHead) {
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
    std::string lines;
    for (std::size_t i = 0; i + 1 < limits::kHttpHeaderLinesMax; ++i)
        lines += "X: y\r\n";
    EXPECT_EQ(StatusOf(start + lines + "\r\n"), 0);
    EXPECT_EQ(StatusOf(start + lines + "X: y\r\n\r\n"), 431);
    const std::size_t room = limits::kHttpHeadBytesMax - start.size() - 7;
    EXPECT_EQ(StatusOf(start + "X: " + std::string(room, 'v') + "\r\n\r\n"), 0);
    EXPECT_EQ(StatusOf(start + "X: " + std::string(room + 1, 'v') + "\r\n\r\n"), 431);
    EXPECT_EQ(StatusOf("GET /" + std::string(limits::kHttpHeadBytesMax, 'v')), 431);
    EXPECT_EQ(StatusOf("GET /" + std::string(100, 'v')), -1);
}

// --- chunked bodies ---

struct Decoded {
    int status = 0;  // 0 complete, -1 more needed
    std::string body;
    std::string rest;
};

Decoded Decode(const std::vector<std::string_view>& pieces, std::size_t body_bytes_max = 1000) {
    ChunkedDecoder decoder(body_bytes_max);
    Decoded decoded;
    decoded.status = -1;
    for (std::string_view piece : pieces) {
        if (decoded.status == 0) {
            decoded.rest += piece;
            continue;
        }
        switch (decoder.Decode(piece, decoded.body)) {
            case ChunkedDecoder::State::kNeedMore:
                break;
            case ChunkedDecoder::State::kComplete:
                decoded.status = 0;
                break;
            case ChunkedDecoder::State::kFault:
                decoded.status = decoder.fault().status;
                return decoded;
        }
        decoded.rest += piece;
    }
    return decoded;
}

TEST(ChunkedDecoder, EverySplitDecodesTheSame) {
    const std::string text =
        "4\r\nWiki\r\n0A;name=\"v\"\r\n0123456789\r\n0\r\nT: v\r\nU: w\r\n\r\nNEXT";
    const std::string_view whole = text;
    for (std::size_t first = 0; first <= text.size(); ++first) {
        for (std::size_t second = first; second <= text.size(); ++second) {
            const Decoded decoded = Decode(
                {whole.substr(0, first), whole.substr(first, second - first), whole.substr(second)}
            );
            ASSERT_EQ(decoded.status, 0) << first << " " << second;
            ASSERT_EQ(decoded.body, "Wiki0123456789");
            ASSERT_EQ(decoded.rest, "NEXT");
        }
    }
}

TEST(ChunkedDecoder, RefusesWhatIsMalformed) {
    for (const char* bad :
         {"\r\n",
          "x\r\n",
          "-1\r\n",
          " 4\r\nWiki\r\n",
          "4 \r\nWiki\r\n",
          "4\nWiki\r\n",
          "4\r\nWikiX",
          "4\r\nWiki\n",
          "4\r\nWiki\rX",
          "0x4\r\n",
          "4;a\nb\r\n",
          ";a\r\n",
          "0\r\n folded: x\r\n\r\n",
          "0\r\nX\x01: y\r\n",
          "0\r\n\rX",
          "0000000000001\r\n"}) {
        EXPECT_EQ(Decode({bad}).status, 400) << bad;
    }
    EXPECT_EQ(Decode({"1;" + std::string(5000, 'e')}).status, 400);
    EXPECT_EQ(Decode({"0\r\n" + std::string(5000, 't')}).status, 400);
}

TEST(ChunkedDecoder, BoundsTheBodyBeforeItArrives) {
    EXPECT_EQ(Decode({"5\r\n"}, 4).status, 413);
    EXPECT_EQ(Decode({"4\r\nWiki\r\n1\r\n"}, 4).status, 413);
    EXPECT_EQ(Decode({"4\r\nWiki\r\n0\r\n\r\n"}, 4).status, 0);
    EXPECT_EQ(Decode({"ffffffffffff\r\n"}, 4).status, 413);
    EXPECT_EQ(Decode({"4\r\nWi"}, 4).status, -1);
}

}  // namespace
}  // namespace flux::net
