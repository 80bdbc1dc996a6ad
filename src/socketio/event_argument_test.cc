#include "socketio/event_argument.h"

#include "socketio/packet.h"

#include <gtest/gtest.h>

#include <array>

namespace flux::socketio {
namespace {

SharedFrame TextFrame(std::string_view text) {
    return EncodeFrames(net::Opcode::kText, {&text, 1});
}

std::string TextOf(const SharedFrame& frame) {
    return std::string(WireMessageAt(frame.wire()).payload);
}

TEST(EventArgument, FindsAStringAtTheEnd) {
    for (const std::string_view text :
         {R"(42["e"])",
          R"(42["e","a"])",
          R"(42["e",{},"a" ])",
          R"(42/n,["e","a\""])",
          R"(451-["e","a"])",
          R"(451-/n,["e",1,"a"])",
          "42[\"e\",\"a\"\n]"}) {
        EXPECT_TRUE(EndsInString(TextFrame(text))) << text;
    }
    for (const std::string_view text :
         {R"(42["e",1])",
          R"(42["e",null])",
          R"(42["e",["a"]])",
          R"(42["e",{"a":"b"}])",
          R"(427["e","a"])",
          R"(42/n,7["e","a"])",
          R"(451-7["e","a"])",
          R"(437["a"])",
          R"(40{"sid":"a"})",
          "41",
          "2",
          "4",
          "42",
          "45",
          "42/n",
          R"(44{"message":"a"})"}) {
        EXPECT_FALSE(EndsInString(TextFrame(text))) << text;
    }
    EXPECT_FALSE(EndsInString(SharedFrame()));
    const std::string_view binary = R"(42["e","a"])";
    EXPECT_FALSE(EndsInString(EncodeFrames(net::Opcode::kBinary, {&binary, 1})));
}

TEST(EventArgument, AddsOneBehindTheOthers) {
    EXPECT_EQ(TextOf(WithArgument(TextFrame(R"(42["e"])"), "null")), R"(42["e",null])");
    EXPECT_EQ(TextOf(WithArgument(TextFrame(R"(42/n,["e",1])"), R"("o")")), R"(42/n,["e",1,"o"])");
    EXPECT_EQ(TextOf(WithoutLastString(TextFrame(R"(42["e",1])"))), R"(42["e",1])");
    EXPECT_EQ(TextOf(WithoutLastString(TextFrame(R"(42["e","a"])"))), R"(42["e","a",null])");
}

TEST(EventArgument, LeavesAttachmentsBehind) {
    const std::array<std::string_view, 1> arguments{R"({"_placeholder":true,"num":0})"};
    const std::string large(70'000, 'x');
    const std::array<std::string_view, 2> attachments{"abc", large};
    const SharedFrame frame = EncodeEventPacket("/", std::nullopt, "e", arguments, attachments);
    const SharedFrame with = WithArgument(frame, R"("o")");
    std::string_view wire = with.wire();
    const WireMessage text = WireMessageAt(wire);
    EXPECT_EQ(text.payload, R"(452-["e",{"_placeholder":true,"num":0},"o"])");
    wire.remove_prefix(text.wire_bytes);
    for (const std::string_view attachment : attachments) {
        const WireMessage message = WireMessageAt(wire);
        EXPECT_EQ(message.opcode, net::Opcode::kBinary);
        EXPECT_EQ(message.payload, attachment);
        wire.remove_prefix(message.wire_bytes);
    }
    EXPECT_TRUE(wire.empty());
}

}  // namespace
}  // namespace flux::socketio
