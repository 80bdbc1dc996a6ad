#include "socketio/packet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace flux::socketio {
namespace {

using testing::ElementsAre;

/// The messages of a frame: text as it is, binary with a mark.
std::vector<std::string> Messages(const SharedFrame& frame) {
    std::vector<std::string> messages;
    for (std::string_view rest = frame.wire(); !rest.empty();) {
        const WireMessage message = WireMessageAt(rest);
        const bool binary = message.opcode == net::Opcode::kBinary;
        messages.push_back((binary ? "binary:" : "") + std::string(message.payload));
        rest.remove_prefix(message.wire_bytes);
    }
    return messages;
}

TEST(Packet, ConnectNamesANamespace) {
    EXPECT_EQ(ParsePacket("0")->nsp, "/");
    EXPECT_EQ(ParsePacket("0/custom,")->nsp, "/custom");
    EXPECT_EQ(ParsePacket("0/custom")->nsp, "/custom");
    const auto packet = ParsePacket(R"(0/admin,{"token":"123"})");
    EXPECT_EQ(packet->type, PacketType::kConnect);
    EXPECT_EQ(packet->nsp, "/admin");
    EXPECT_EQ(packet->payload, R"({"token":"123"})");
}

TEST(Packet, ConnectCarriesAnObjectOrNothing) {
    for (const std::string_view text :
         {"0/custom,5", "0[]", "0null", "0\"a\"", "05", "0true", "0{", "0{}x", "0/a,[]"}) {
        EXPECT_FALSE(ParsePacket(text)) << text;
    }
}

TEST(Packet, DisconnectCarriesNothing) {
    EXPECT_EQ(ParsePacket("1")->type, PacketType::kDisconnect);
    EXPECT_EQ(ParsePacket("1/custom,")->nsp, "/custom");
    for (const std::string_view text : {"1{}", "15", "1[]", "1/custom,{}"})
        EXPECT_FALSE(ParsePacket(text)) << text;
}

TEST(Packet, EventIsAnArrayThatStartsWithItsName) {
    const auto packet = ParsePacket(R"(2/custom,456["message",1,{"a":[2]}])");
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->type, PacketType::kEvent);
    EXPECT_EQ(packet->nsp, "/custom");
    EXPECT_EQ(packet->id, 456u);
    EXPECT_EQ(packet->payload, R"(["message",1,{"a":[2]}])");
    EXPECT_TRUE(ParsePacket("2[1]"));  // a number is a name
    for (const std::string_view text :
         {"2",
          "2{}",
          "2[]",
          "2[null]",
          "2[{}]",
          "2[[\"a\"]]",
          "2[true]",
          "2\"a\"",
          "2[\"a\"",
          "2abc[\"a\"]",
          "2 [\"a\"]",
          "2-1[\"a\"]",
          "2[\"a\"]x",
          "2[\"a\",]",
          "2["}) {
        EXPECT_FALSE(ParsePacket(text)) << text;
    }
}

TEST(Packet, ReservedNamesAreRefusedHoweverTheyAreWritten) {
    for (const std::string_view name :
         {"connect",
          "connect_error",
          "disconnect",
          "disconnecting",
          "newListener",
          "removeListener",
          "conn\\u0065ct"}) {
        EXPECT_FALSE(ParsePacket("2[\"" + std::string(name) + "\"]")) << name;
    }
    EXPECT_TRUE(ParsePacket("2[\"connected\"]"));
    EXPECT_TRUE(ParsePacket("2[\"Connect\"]"));
}

TEST(Packet, AckIdsHaveOneToFifteenDigits) {
    EXPECT_EQ(ParsePacket("2999999999999999[\"a\"]")->id, 999'999'999'999'999u);
    EXPECT_FALSE(ParsePacket("29999999999999990[\"a\"]"));
    EXPECT_EQ(ParsePacket("30[]")->id, 0u);
    for (const std::string_view text :
         {"3[]", "3a[]", "31", "31{}", "31.5[]", "39007199254740993[]"})
        EXPECT_FALSE(ParsePacket(text)) << text;
}

TEST(Packet, BinaryAnnouncesItsAttachments) {
    const auto packet = ParsePacket(
        R"(52-/admin,7["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])"
    );
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->type, PacketType::kBinaryEvent);
    EXPECT_EQ(packet->attachments, 2u);
    EXPECT_EQ(packet->nsp, "/admin");
    EXPECT_EQ(packet->id, 7u);
    EXPECT_EQ(ParsePacket(R"(61-3[{"_placeholder":true,"num":0}])")->type, PacketType::kBinaryAck);
    EXPECT_EQ(ParsePacket(R"(50-["a"])")->attachments, 0u);
    EXPECT_EQ(ParsePacket(R"(510-["a"])")->attachments, 10u);
    for (const std::string_view text :
         {"5[\"a\"]",
          "5-[\"a\"]",
          "511-[\"a\"]",
          "599999999999999999999-[\"a\"]",
          "5a-[\"a\"]",
          "51[\"a\"]"}) {
        EXPECT_FALSE(ParsePacket(text)) << text;
    }
}

TEST(Packet, ABinaryOneWithAPlaceholderTooManyIsRefused) {
    EXPECT_FALSE(ParsePacket(R"(51-["a",{"_placeholder":true,"num":1}])"));
    EXPECT_TRUE(ParsePacket(R"(2["a",{"_placeholder":true,"num":1}])"));  // means nothing here
}

TEST(Packet, UnknownTypesAndConnectErrorsAreRefused) {
    for (const std::string_view text : {"", "7", "8[\"a\"]", "abc", "4{}", "4\"x\"", "-"})
        EXPECT_FALSE(ParsePacket(text)) << text;
}

// LIM-11
TEST(Packet, JsonIsCheckedStrictly) {
    EXPECT_FALSE(ParsePacket("2[\"a\",nonsense]"));
    EXPECT_FALSE(ParsePacket("2[\"a\",\"\xff\"]"));
    EXPECT_TRUE(ParsePacket("2[\"a\",123456789012345678901234567890,1e400]"));
    const std::string deep = "2[\"a\"," + std::string(63, '[') + std::string(63, ']') + "]";
    EXPECT_TRUE(ParsePacket(deep));
    const std::string deeper = "2[\"a\"," + std::string(64, '[') + std::string(64, ']') + "]";
    EXPECT_FALSE(ParsePacket(deeper));
    const std::string deepest = "2[\"a\"," + std::string(400'000, '[');
    EXPECT_FALSE(ParsePacket(deepest));
}

TEST(Packet, NamespacesHaveABound) {
    EXPECT_TRUE(ParsePacket("0/" + std::string(255, 'a')));
    EXPECT_FALSE(ParsePacket("0/" + std::string(256, 'a')));
}

TEST(SplitEvent, GivesNameAndArguments) {
    EventParts parts;
    SplitEvent(R"([ "na\u006de" , 1,{"a":[1,2]} ,"x,]"])", parts);
    EXPECT_EQ(parts.name, "name");
    EXPECT_THAT(parts.arguments, ElementsAre("1", R"({"a":[1,2]})", R"("x,]")"));
    SplitEvent("[42]", parts);
    EXPECT_EQ(parts.name, "42");
    EXPECT_TRUE(parts.arguments.empty());
}

TEST(Encode, EventsSpliceTheirArguments) {
    const std::array<std::string_view, 2> args{"1", R"({"a":2})"};
    EXPECT_THAT(Messages(EncodeEvent("/", "e", args)), ElementsAre(R"(42["e",1,{"a":2}])"));
    EXPECT_THAT(Messages(EncodeEvent("/n", "e", {})), ElementsAre(R"(42/n,["e"])"));
    EXPECT_THAT(
        Messages(EncodeEnvelope("/", "e", R"({"d":)", "[1]", "}")),
        ElementsAre(R"(42["e",{"d":[1]}])")
    );
    EXPECT_THAT(Messages(EncodeEnvelope("/n", "e", "", "5", "")), ElementsAre(R"(42/n,["e",5])"));
}

TEST(Encode, NamesAreQuoted) {
    EXPECT_THAT(Messages(EncodeEvent("/", "a\"b\n", {})), ElementsAre("42[\"a\\\"b\\n\"]"));
    EXPECT_THAT(Messages(EncodeEvent("/", "\xc3\xbc", {})), ElementsAre("42[\"\xc3\xbc\"]"));
}

TEST(Encode, EveryLengthFormOfAFrameHolds) {
    for (const std::size_t size :
         {0u, 110u, 117u, 118u, 119u, 200u, 65'526u, 65'527u, 65'528u, 70'000u}) {
        const std::string payload = "\"" + std::string(size, 'x') + "\"";
        const SharedFrame frame = EncodeEnvelope("/", "e", "", payload, "");
        EXPECT_THAT(Messages(frame), ElementsAre(R"(42["e",)" + payload + "]")) << size;
    }
}

TEST(Encode, AttachmentsFollowAsBinaryMessages) {
    const std::array<std::string_view, 2> args{
        R"({"_placeholder":true,"num":0})", R"({"_placeholder":true,"num":1})"};
    const std::string large(70'000, 'z');
    const std::array<std::string_view, 2> attachments{"\x01\x02", large};
    EXPECT_THAT(
        Messages(EncodeEventPacket("/", std::nullopt, "m", args, attachments)),
        ElementsAre(
            R"(452-["m",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])",
            "binary:\x01\x02",
            "binary:" + large
        )
    );
    EXPECT_THAT(Messages(EncodeEventPacket("/n", 7, "m", {}, {})), ElementsAre(R"(42/n,7["m"])"));
}

TEST(Encode, AnswersAndReplies) {
    const std::array<std::string_view, 2> args{"1", "\"2\""};
    EXPECT_THAT(Messages(EncodeAck("/", 456, args, {})), ElementsAre(R"(43456[1,"2"])"));
    EXPECT_THAT(Messages(EncodeAck("/n", 0, {}, {})), ElementsAre("43/n,0[]"));
    const std::array<std::string_view, 1> placeholder{R"({"_placeholder":true,"num":0})"};
    const std::array<std::string_view, 1> bytes{"\x07"};
    EXPECT_THAT(
        Messages(EncodeAck("/", 789, placeholder, bytes)),
        ElementsAre(R"(461-789[{"_placeholder":true,"num":0}])", "binary:\x07")
    );
    EXPECT_THAT(Messages(EncodeConnect("/", "s")), ElementsAre(R"(40{"sid":"s"})"));
    EXPECT_THAT(Messages(EncodeConnect("/n", "s")), ElementsAre(R"(40/n,{"sid":"s"})"));
    EXPECT_THAT(
        Messages(EncodeConnectError("/random", "Invalid namespace")),
        ElementsAre(R"(44/random,{"message":"Invalid namespace"})")
    );
    EXPECT_THAT(Messages(EncodeDisconnect("/")), ElementsAre("41"));
    EXPECT_THAT(Messages(EncodeDisconnect("/n")), ElementsAre("41/n,"));
}

}  // namespace
}  // namespace flux::socketio
