#include "net/websocket_codec.h"

#include "net/deflater.h"
#include "net/test_socket.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flux::net {
namespace {

using testing::ClientFrame;
using testing::WithDeflatedBit;
using Kind = MessageEvent::Kind;

/// Everything a parser says about bytes that arrive in the given pieces, one line per event.
std::vector<std::string> Parse(
    const std::vector<std::string>& pieces,
    std::size_t message_bytes_max = 1'000'000,
    Inflater* inflater = nullptr
) {
    MessageParser parser(message_bytes_max, inflater);
    std::vector<std::string> events;
    for (std::string piece : pieces) {
        std::span<char> input(piece);
        for (;;) {
            const MessageEvent event = parser.Next(input);
            if (event.kind == Kind::kNeedMore) break;
            const std::string payload(event.payload);
            switch (event.kind) {
                case Kind::kMessage:
                    events.push_back(
                        (event.opcode == Opcode::kText ? "text " : "binary ") + payload
                    );
                    break;
                case Kind::kPing:
                    events.push_back("ping " + payload);
                    break;
                case Kind::kPong:
                    events.push_back("pong " + payload);
                    break;
                case Kind::kClose:
                    events.push_back("close " + std::to_string(event.code) + " " + payload);
                    break;
                case Kind::kFault:
                    events.push_back("fault " + std::to_string(event.code));
                    break;
                case Kind::kNeedMore:
                    break;
            }
        }
        EXPECT_TRUE(input.empty());
    }
    return events;
}

std::vector<std::string> One(const std::string& event) {
    return {event};
}

std::string CloseFrame(int code, std::string_view reason = {}) {
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
    payload += reason;
    return ClientFrame(Opcode::kClose, payload);
}

std::vector<std::string> ByteByByte(const std::string& text) {
    std::vector<std::string> bytes;
    for (const char c : text)
        bytes.emplace_back(1, c);
    return bytes;
}

TEST(WebSocketCodec, ReadsTheExamplesOfTheRfc) {
    EXPECT_EQ(Parse({"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"}), One("text Hello"));
    EXPECT_EQ(Parse({"\x89\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"}), One("ping Hello"));
    EXPECT_EQ(Parse({"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"}), One("pong Hello"));
    EXPECT_EQ(
        Parse({ClientFrame(Opcode::kText, "Hel", false) + ClientFrame(Opcode::kContinuation, "lo")}
        ),
        One("text Hello")
    );
    EXPECT_EQ(Parse({"\x81\x05Hello"}), One("fault 1002"));  // right only for a server's frame
}

TEST(WebSocketCodec, WritesHeadersOfTheRfc) {
    const auto header = [](Opcode opcode, std::size_t payload_bytes) {
        std::array<std::byte, 10> bytes{};
        const std::size_t size = EncodeFrameHeader(opcode, payload_bytes, bytes);
        return std::string(reinterpret_cast<const char*>(bytes.data()), size);
    };
    EXPECT_EQ(header(Opcode::kText, 5), "\x81\x05");
    EXPECT_EQ(header(Opcode::kPing, 0), std::string("\x89\0", 2));
    EXPECT_EQ(header(Opcode::kBinary, 125), "\x82\x7d");
    EXPECT_EQ(header(Opcode::kBinary, 126), std::string("\x82\x7e\0\x7e", 4));
    EXPECT_EQ(header(Opcode::kBinary, 256), std::string("\x82\x7e\x01\0", 4));
    EXPECT_EQ(header(Opcode::kBinary, 65535), "\x82\x7e\xff\xff");
    EXPECT_EQ(header(Opcode::kBinary, 65536), std::string("\x82\x7f\0\0\0\0\0\x01\0\0", 10));
}

TEST(WebSocketCodec, EverySplitReadsTheSame) {
    const std::string text =
        ClientFrame(Opcode::kText, "Hello") + ClientFrame(Opcode::kText, "fr\xc3", false) +
        ClientFrame(Opcode::kPing, "p") + ClientFrame(Opcode::kContinuation, "", false) +
        ClientFrame(Opcode::kContinuation, "\xa9gment") + ClientFrame(Opcode::kBinary, "") +
        ClientFrame(Opcode::kBinary, std::string(200, 'b')) + CloseFrame(4001, "bye");
    const std::vector<std::string> expected{
        "text Hello",
        "ping p",
        "text fr\xc3\xa9gment",
        "binary ",
        "binary " + std::string(200, 'b'),
        "close 4001 bye"};
    EXPECT_EQ(Parse({text}), expected);
    EXPECT_EQ(Parse(ByteByByte(text)), expected);
    for (std::size_t first = 0; first <= text.size(); ++first) {
        for (std::size_t second = first; second <= text.size(); second += 3) {
            ASSERT_EQ(
                Parse(
                    {text.substr(0, first), text.substr(first, second - first), text.substr(second)}
                ),
                expected
            ) << first
              << " " << second;
        }
    }
}

TEST(WebSocketCodec, ReadsEveryLength) {
    for (const std::size_t size : {0, 1, 7, 8, 9, 124, 125, 126, 127, 65535, 65536, 100'000}) {
        std::string payload;
        for (std::size_t i = 0; i < size; ++i)
            payload += static_cast<char>(i * 31);
        const std::string frame = ClientFrame(Opcode::kBinary, payload);
        EXPECT_EQ(Parse({frame}), One("binary " + payload)) << size;
        const std::size_t cut = frame.size() - size / 3;
        EXPECT_EQ(Parse({frame.substr(0, cut), frame.substr(cut)}), One("binary " + payload))
            << size;
    }
}

TEST(WebSocketCodec, UnmasksFromAnyPhase) {
    const std::array<std::uint8_t, 4> mask{0x01, 0x20, 0x7f, 0xff};
    for (std::size_t phase = 0; phase < 8; ++phase) {
        for (std::size_t size = 0; size < 40; ++size) {
            std::string data(size, 'd');
            std::string expected = data;
            for (std::size_t i = 0; i < size; ++i)
                expected[i] =
                    static_cast<char>(expected[i] ^ static_cast<char>(mask[(i + phase) % 4]));
            Unmask(data, mask, phase);
            ASSERT_EQ(data, expected) << phase << " " << size;
        }
    }
}

TEST(WebSocketCodec, HoldsNothingBetweenMessages) {
    MessageParser parser(1000);
    std::string whole = ClientFrame(Opcode::kText, "whole");
    std::string half = ClientFrame(Opcode::kText, std::string(500, 'h'));
    std::string rest = half.substr(100);
    half.resize(100);
    const auto feed = [&](std::string& bytes) {
        std::span<char> input(bytes);
        while (parser.Next(input).kind != Kind::kNeedMore) {
        }
    };
    feed(whole);
    EXPECT_TRUE(parser.at_rest());
    EXPECT_EQ(parser.buffered_bytes(), 0u);
    feed(half);
    EXPECT_FALSE(parser.at_rest());
    EXPECT_GT(parser.buffered_bytes(), 90u);
    feed(rest);
    EXPECT_TRUE(parser.at_rest());
    EXPECT_EQ(parser.buffered_bytes(), 0u);
    std::string header = "\x81";
    feed(header);
    EXPECT_FALSE(parser.at_rest());
}

TEST(WebSocketCodec, RefusesBrokenFramesAtTheFirstByteThatShowsIt) {
    for (const std::string& bad : std::vector<std::string>{
             "\xc1",
             "\xa1",
             "\x91",
             "\x83",
             "\x87",
             "\x8b",
             "\x8f",
             "\x08",
             "\x09",
             "\x0a",
             std::string("\x81\x00", 2),
             "\x81\x7f",
             "\x88\xfe",
             "\x89\xff"}) {
        EXPECT_EQ(Parse({bad}), One("fault 1002"));
        EXPECT_EQ(Parse(ByteByByte(bad)), One("fault 1002"));
    }
}

TEST(WebSocketCodec, RefusesFramesOutOfOrder) {
    EXPECT_EQ(Parse({ClientFrame(Opcode::kContinuation, "x")}), One("fault 1002"));
    EXPECT_EQ(
        Parse({ClientFrame(Opcode::kText, "a", false) + ClientFrame(Opcode::kText, "b")}),
        One("fault 1002")
    );
    EXPECT_EQ(
        Parse(
            {ClientFrame(Opcode::kText, "a", false) + ClientFrame(Opcode::kContinuation, "b") +
             ClientFrame(Opcode::kContinuation, "c")}
        ),
        (std::vector<std::string>{"text ab", "fault 1002"})
    );
}

TEST(WebSocketCodec, RefusesLengthsThatAreNotShortest) {
    const std::string mask = "\x01\x02\x03\x04";
    EXPECT_EQ(Parse({std::string("\x82\xfe\x00\x7d", 4) + mask}), One("fault 1002"));
    EXPECT_EQ(Parse({std::string("\x82\xff\0\0\0\0\0\0\xff\xff", 10) + mask}), One("fault 1002"));
    EXPECT_EQ(Parse({std::string("\x82\xff\x80\0\0\0\0\x01\0\0", 10) + mask}), One("fault 1002"));
}

TEST(WebSocketCodec, BoundsAMessageFromItsHeaders) {
    const std::string eleven = ClientFrame(Opcode::kBinary, std::string(11, 'x'));
    EXPECT_EQ(Parse({eleven.substr(0, 6)}, 10), One("fault 1009"));
    const std::string fragments = ClientFrame(Opcode::kBinary, std::string(6, 'x'), false) +
                                  ClientFrame(Opcode::kContinuation, std::string(5, 'x'));
    EXPECT_EQ(Parse({fragments.substr(0, fragments.size() - 5)}, 10), One("fault 1009"));
    EXPECT_EQ(Parse({fragments}, 11), One("binary " + std::string(11, 'x')));
    const std::string huge("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04", 14);
    EXPECT_EQ(Parse({huge}, 10), One("fault 1009"));
    // Header bytes wrap the sum around: the second fragment alone is within 64 bits.
    EXPECT_EQ(
        Parse(
            {ClientFrame(Opcode::kBinary, "x", false) + std::string("\x00", 1) + huge.substr(1)}, 10
        ),
        One("fault 1009")
    );
}

TEST(WebSocketCodec, ReadsCloseFrames) {
    EXPECT_EQ(Parse({ClientFrame(Opcode::kClose, "")}), One("close 1005 "));
    EXPECT_EQ(Parse({CloseFrame(1000, "done")}), One("close 1000 done"));
    EXPECT_EQ(Parse({ClientFrame(Opcode::kClose, "x")}), One("fault 1002"));
    EXPECT_EQ(Parse({CloseFrame(1000, "\xff")}), One("fault 1007"));
    EXPECT_EQ(Parse({CloseFrame(1000, "\xc3")}), One("fault 1007"));
    for (const int code : {1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999})
        EXPECT_EQ(Parse({CloseFrame(code)}), One("close " + std::to_string(code) + " ")) << code;
    for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535})
        EXPECT_EQ(Parse({CloseFrame(code)}), One("fault 1002")) << code;
    EXPECT_EQ(
        Parse({CloseFrame(1000) + ClientFrame(Opcode::kText, "ignored"), "more"}),
        One("close 1000 ")
    );
}

// --- UTF-8 ---

bool IsUtf8(std::string_view text) {
    Utf8Checker checker;
    return checker.Take(text) && checker.AtBoundary();
}

TEST(Utf8Checker, TakesEveryCharacterAndRefusesAllElse) {
    for (const char* good :
         {"",
          "plain ascii, long enough for words",
          "\xc2\x80",
          "\xdf\xbf",
          "\xe0\xa0\x80",
          "\xed\x9f\xbf",
          "\xee\x80\x80",
          "\xef\xbf\xbf",
          "\xf0\x90\x80\x80",
          "\xf4\x8f\xbf\xbf"}) {
        EXPECT_TRUE(IsUtf8(good)) << good;
    }
    for (const char* bad :
         {"\x80",
          "\xbf",
          "\xc0\x80",
          "\xc1\xbf",
          "\xe0\x9f\xbf",
          "\xed\xa0\x80",
          "\xed\xbf\xbf",
          "\xf0\x8f\xbf\xbf",
          "\xf4\x90\x80\x80",
          "\xf5\x80\x80\x80",
          "\xff",
          "\xc2",
          "\xe1\x80",
          "\xf1\x80\x80",
          "\xc2\x41",
          "\xe1\x80\x41",
          "\xc2\xc2"}) {
        EXPECT_FALSE(IsUtf8(bad)) << bad;
    }
}

/// A model that decodes code points, against the checker, over every sequence of up to three bytes
/// drawn from the values where the rules change.
TEST(Utf8Checker, AgreesWithADecoder) {
    const auto decodes = [](const std::string& text) {
        std::size_t at = 0;
        while (at < text.size()) {
            const auto lead = static_cast<unsigned char>(text[at]);
            const std::size_t more = lead < 0x80       ? 0
                                     : lead >> 5 == 6  ? 1
                                     : lead >> 4 == 14 ? 2
                                     : lead >> 3 == 30 ? 3
                                                       : 9;
            if (more == 9 || at + more >= text.size()) return false;
            std::uint32_t point = more == 0 ? lead : lead & (0x3fu >> more);
            for (std::size_t i = 1; i <= more; ++i) {
                const auto next = static_cast<unsigned char>(text[at + i]);
                if (next >> 6 != 2) return false;
                point = point << 6 | (next & 0x3f);
            }
            constexpr std::uint32_t kSmallest[]{0, 0x80, 0x800, 0x10000};
            if (point < kSmallest[more] || point > 0x10ffff) return false;
            if (point >= 0xd800 && point <= 0xdfff) return false;
            at += more + 1;
        }
        return true;
    };
    constexpr unsigned char kEdges[]{0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                     0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
                                     0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
    for (const unsigned char a : kEdges) {
        for (const unsigned char b : kEdges) {
            for (const unsigned char c : kEdges) {
                for (const unsigned char d : kEdges) {
                    const std::string text{
                        static_cast<char>(a),
                        static_cast<char>(b),
                        static_cast<char>(c),
                        static_cast<char>(d)};
                    ASSERT_EQ(IsUtf8(text), decodes(text))
                        << int{a} << " " << int{b} << " " << int{c} << " " << int{d};
                }
            }
        }
    }
}

TEST(WebSocketCodec, InvalidUtf8FailsAtItsFirstByteWhereverItStands) {
    const std::string good = "abcdefgh\xc3\xa9ijklmn\xe2\x82\xacopq\xf0\x9f\x98\x80rst";
    for (std::size_t at = 0; at <= good.size(); ++at) {
        std::string bad = good;
        bad.insert(at, 1, '\xff');
        const std::string frame = ClientFrame(Opcode::kText, bad);
        EXPECT_EQ(Parse({frame}), One("fault 1007")) << at;
        // Fails fast: the byte itself is enough, the message need not end.
        const std::size_t header = frame.size() - bad.size();
        EXPECT_EQ(Parse({frame.substr(0, header + at + 1)}), One("fault 1007")) << at;
        EXPECT_EQ(Parse(ByteByByte(frame.substr(0, header + at + 1))), One("fault 1007")) << at;
        // The same in a fragment.
        EXPECT_EQ(
            Parse(
                {ClientFrame(Opcode::kText, bad.substr(0, at), false) +
                 ClientFrame(Opcode::kContinuation, bad.substr(at))}
            ),
            One("fault 1007")
        ) << at;
    }
    EXPECT_EQ(Parse({ClientFrame(Opcode::kText, "cut \xe2\x82")}), One("fault 1007"));
    EXPECT_EQ(Parse({ClientFrame(Opcode::kBinary, "\xff")}), One("binary \xff"));
}

class DeflatedMessages : public ::testing::Test {
protected:
    std::string Deflated(std::string_view message) {
        return std::string(deflater_.Deflate(message));
    }
    std::vector<std::string> Read(
        const std::vector<std::string>& pieces, std::size_t message_bytes_max = 1'000'000
    ) {
        return Parse(pieces, message_bytes_max, &inflater_);
    }

    const std::string text_ = "Hello Hello Hello Hello caf\xc3\xa9";

private:
    Deflater deflater_;
    Inflater inflater_;
};

TEST_F(DeflatedMessages, Cmp04_AreReadBesideOthersWhereverTheyAreCut) {
    const std::string deflated = Deflated(text_);
    const std::string stream =
        WithDeflatedBit(ClientFrame(Opcode::kText, deflated)) +
        ClientFrame(Opcode::kText, "plain") +
        WithDeflatedBit(ClientFrame(Opcode::kBinary, deflated.substr(0, 3), false)) +
        ClientFrame(Opcode::kPing, "p") +
        ClientFrame(Opcode::kContinuation, deflated.substr(3, 4), false) +
        ClientFrame(Opcode::kContinuation, deflated.substr(7)) +
        WithDeflatedBit(ClientFrame(Opcode::kText, std::string_view("\0", 1)));
    const std::vector<std::string> expected{
        "text " + text_, "text plain", "ping p", "binary " + text_, "text "};
    EXPECT_EQ(Read({stream}), expected);
    EXPECT_EQ(Read(ByteByByte(stream)), expected);
    for (std::size_t cut = 0; cut <= stream.size(); ++cut)
        ASSERT_EQ(Read({stream.substr(0, cut), stream.substr(cut)}), expected) << cut;
}

TEST_F(DeflatedMessages, Cmp04_TheBitHasItsPlace) {
    const std::string deflated = Deflated(text_);
    const std::string whole = WithDeflatedBit(ClientFrame(Opcode::kText, deflated));
    EXPECT_EQ(Parse({whole}), One("fault 1002")) << "not agreed";
    EXPECT_EQ(Read({WithDeflatedBit(ClientFrame(Opcode::kPing, "p"))}), One("fault 1002"));
    EXPECT_EQ(Read({WithDeflatedBit(CloseFrame(1000))}), One("fault 1002"));
    const std::string first = WithDeflatedBit(ClientFrame(Opcode::kText, deflated, false));
    const std::string more = WithDeflatedBit(ClientFrame(Opcode::kContinuation, ""));
    EXPECT_EQ(Read({first + more}), One("fault 1002"));
    for (const char other : {'\x20', '\x10'}) {
        std::string frame = whole;
        frame[0] = static_cast<char>(frame[0] | other);
        EXPECT_EQ(Read({frame}), One("fault 1002"));
    }
}

TEST_F(DeflatedMessages, Cmp04_BoundsHoldBeforeAndAfter) {
    const std::string bomb =
        WithDeflatedBit(ClientFrame(Opcode::kBinary, Deflated(std::string(100'000, 'a'))));
    ASSERT_LT(bomb.size(), 1'000u);
    EXPECT_EQ(Read({bomb}, 100'000), One("binary " + std::string(100'000, 'a')));
    EXPECT_EQ(Read({bomb}, 99'999), One("fault 1009"));
    EXPECT_EQ(Read(ByteByByte(bomb), 99'999), One("fault 1009"));
    EXPECT_EQ(Read({bomb}, 100), One("fault 1009")) << "the compressed bytes alone are too many";
}

TEST_F(DeflatedMessages, Cmp04_WhatCannotBeReadIsAFault) {
    EXPECT_EQ(Read({WithDeflatedBit(ClientFrame(Opcode::kText, "\xff\xff"))}), One("fault 1007"));
    const std::string bad_text = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
    const std::string deflated = Deflated(bad_text);
    EXPECT_EQ(Read({WithDeflatedBit(ClientFrame(Opcode::kText, deflated))}), One("fault 1007"));
    EXPECT_EQ(
        Read({WithDeflatedBit(ClientFrame(Opcode::kBinary, deflated))}), One("binary " + bad_text)
    );
}

}  // namespace
}  // namespace flux::net
