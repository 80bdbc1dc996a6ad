#include "socketio/engine_packet.h"

#include "socketio/base64.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flux::socketio {
namespace {

TEST(EnginePacket, HasATypeAndData) {
    const auto packet = ParseEnginePacket("4hello");
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->type, EngineType::kMessage);
    EXPECT_EQ(packet->data, "hello");
    EXPECT_EQ(ParseEnginePacket("2probe")->type, EngineType::kPing);
    EXPECT_TRUE(ParseEnginePacket("3")->data.empty());
}

TEST(EnginePacket, IsRefusedWithoutAKnownType) {
    for (const std::string_view text : {"", "7", "9x", "a", "abc", " 4", "-1", "b"})
        EXPECT_FALSE(ParseEnginePacket(text)) << text;
}

std::vector<std::string> ReadAll(std::string_view body) {
    std::vector<std::string> packets;
    PayloadReader reader(body);
    while (reader.Next()) {
        packets.push_back(
            reader.binary() ? "bytes:" + reader.bytes()
                            : std::to_string(static_cast<int>(reader.packet().type)) +
                                  std::string(reader.packet().data)
        );
    }
    if (reader.broken()) packets.emplace_back("broken");
    return packets;
}

TEST(PollingPayload, JoinsPacketsWithRecordSeparators) {
    EXPECT_EQ(ReadAll("4a"), (std::vector<std::string>{"4a"}));
    EXPECT_EQ(
        ReadAll("4test1\x1e"
                "4test2\x1e"
                "3"),
        (std::vector<std::string>{"4test1", "4test2", "3"})
    );
}

TEST(PollingPayload, CarriesBinaryAsBase64) {
    EXPECT_EQ(
        ReadAll("4hello\x1e"
                "bAQIDBA=="),
        (std::vector<std::string>{"4hello", std::string("bytes:\x01\x02\x03\x04")})
    );
    EXPECT_EQ(ReadAll("b"), (std::vector<std::string>{"bytes:"}));
    EXPECT_EQ(
        ReadAll("bAQID\nBA==\n\x1e"
                "4hello"),
        (std::vector<std::string>{std::string("bytes:\x01\x02\x03\x04"), "4hello"})
    );
}

TEST(PollingPayload, IsBrokenAsAWhole) {
    for (const std::string_view body :
         {"",
          "abc",
          "4a\x1e",
          "\x1e"
          "4a",
          "4a\x1e\x1e"
          "4b",
          "b!!!!",
          "bA",
          "4\xff",
          "bAQIDBA=",
          "4a\x1e"
          "7"}) {
        EXPECT_FALSE(IsPayload(body)) << body;
    }
    EXPECT_TRUE(
        IsPayload("4a\x1e"
                  "bAQID\x1e"
                  "4\xc3\xbc")
    );
}

TEST(PollingPayload, StopsAtTheFirstBrokenPacket) {
    EXPECT_EQ(
        ReadAll("4a\x1e"
                "x\x1e"
                "4b"),
        (std::vector<std::string>{"4a", "broken"})
    );
}

TEST(OpenPacket, HasExactlyTheFiveMembers) {
    EXPECT_EQ(
        OpenPacket("abc", true, 300, 200, 1'000'000),
        R"(0{"sid":"abc","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000})"
    );
    EXPECT_EQ(
        OpenPacket("abc", false, 25'000, 20'000, 5),
        R"(0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":5})"
    );
}

TEST(Base64, GoesThereAndBack) {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        std::string text;
        AppendBase64(text, bytes);
        EXPECT_EQ(text.size(), Base64Length(bytes.size()));
        EXPECT_EQ(DecodeBase64(text), bytes);
        bytes.push_back(static_cast<char>(i * 37));
    }
}

TEST(Base64, KnowsTheVectorsOfTheStandard) {
    const std::vector<std::pair<std::string, std::string>> vectors = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (const auto& [bytes, text] : vectors) {
        std::string encoded;
        AppendBase64(encoded, bytes);
        EXPECT_EQ(encoded, text);
        EXPECT_EQ(DecodeBase64(text), bytes);
    }
    EXPECT_EQ(DecodeBase64("Zm8"), "fo");  // padding may be left out
}

TEST(Base64, PassesOverLineBreaks) {
    for (const std::string_view text :
         {"Zm9v\nYg==\n", "Zm9v\r\nYg==\r\n", "\nZ\nm9vYg=\n=", "Zm9vYg\n"})
        EXPECT_EQ(DecodeBase64(text), "foob") << text;
    EXPECT_EQ(DecodeBase64("\n"), "");
    EXPECT_EQ(DecodeBase64(std::string(1'000, '\n') + "Zm9v"), std::nullopt);  // no lines of text
}

TEST(Base64, RefusesWhatNoEncoderWrites) {
    for (const std::string_view text :
         {"Z", "Zg=", "Zg===", "Z===", "Zm9v!", "Zh==", "Zm9=v", "Zg==\nZg==", "====", "-_-_"})
        EXPECT_FALSE(DecodeBase64(text)) << text;
}

}  // namespace
}  // namespace flux::socketio
