#include "socketio/kept_session.h"

#include "base/rank.h"
#include "limits/limits.h"

#include <gtest/gtest.h>

namespace flux::socketio {
namespace {

ArchivedSession Sample() {
    ArchivedSession archived;
    archived.owner = 0x1234567890abcdefULL;
    archived.session.generation = 6;
    archived.session.sid = "sid";
    archived.session.nsp = "/n";
    archived.session.rooms = {"a", std::string("b\0c", 3), ""};
    archived.session.begin = "begin";
    archived.session.state = "state";
    archived.session.brought = 7;
    return archived;
}

TEST(KeptSession, ReadsAsItWasWritten) {
    const auto read = DecodeArchived(Encode(Sample()));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->owner, Sample().owner);
    EXPECT_EQ(read->kind, ArchivedSession::Kind::kSession);
    EXPECT_EQ(read->session.generation, 6u);
    EXPECT_EQ(read->session.sid, "sid");
    EXPECT_EQ(read->session.nsp, "/n");
    EXPECT_EQ(read->session.rooms, Sample().session.rooms);
    EXPECT_EQ(read->session.begin, "begin");
    EXPECT_EQ(read->session.state, "state");
    EXPECT_EQ(read->session.brought, 7u);
    EXPECT_EQ(Encode(*read), Encode(Sample()));

    ArchivedSession grave;
    grave.kind = ArchivedSession::Kind::kLeft;
    grave.session.generation = 8;
    const auto left = DecodeArchived(Encode(grave));
    ASSERT_TRUE(left.has_value());
    EXPECT_EQ(left->kind, ArchivedSession::Kind::kLeft);
    EXPECT_EQ(left->session.generation, 8u);
}

// What may be taken has an even rank, all else an odd and higher one.
TEST(KeptSession, BeginsWithItsRank) {
    ArchivedSession archived = Sample();
    EXPECT_EQ(RankOf(Encode(archived)), 6u);
    archived.kind = ArchivedSession::Kind::kLeft;
    EXPECT_EQ(RankOf(Encode(archived)), 7u);
    archived.kind = ArchivedSession::Kind::kTaken;
    EXPECT_EQ(Encode(archived), EncodeRank(7) + TakenMark(archived.owner));
    EXPECT_FALSE(DecodeArchived(EncodeRank(6) + TakenMark(archived.owner)));
    EXPECT_FALSE(DecodeArchived(EncodeRank(7) + Encode(Sample()).substr(kRankDigits)));
}

// It goes to clients as it is.
TEST(KeptSession, AnIdThatIsNoneIsNothing) {
    for (const char* sid : {"", "a\"b", "a\\", "a b", "a\nb"}) {
        ArchivedSession archived = Sample();
        archived.session.sid = sid;
        EXPECT_FALSE(DecodeArchived(Encode(archived)).has_value()) << sid;
    }
}

TEST(KeptSession, WhatIsNotWholeIsNothing) {
    const std::string whole = Encode(Sample());
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(DecodeArchived(whole.substr(0, size)).has_value()) << size;
    EXPECT_FALSE(DecodeArchived(whole + "x").has_value());
    EXPECT_FALSE(DecodeArchived(std::string(100, 'x')).has_value());
    std::string other = whole;
    other[kRankDigits + 10] = '7';  // of no kind
    EXPECT_FALSE(DecodeArchived(other).has_value());
}

TEST(KeptSession, WhatIsOverABoundIsNothing) {
    ArchivedSession many = Sample();
    many.session.rooms.assign(limits::kRoomsPerSocketMax + 1, "r");
    EXPECT_FALSE(DecodeArchived(Encode(many)).has_value());
    ArchivedSession wide = Sample();
    wide.session.rooms = {std::string(limits::kRoomNameBytesMax + 1, 'r')};
    EXPECT_FALSE(DecodeArchived(Encode(wide)).has_value());
    ArchivedSession large = Sample();
    large.session.state.assign(limits::kKeptSessionBytesMax, 's');
    EXPECT_FALSE(DecodeArchived(Encode(large)).has_value());
}

TEST(KeptSession, MarksTellOffsetsApart) {
    EXPECT_EQ(OffsetMark("a"), OffsetMark("a"));
    EXPECT_NE(OffsetMark("a"), OffsetMark("b"));
    EXPECT_NE(OffsetMark(""), 0u);
}

}  // namespace
}  // namespace flux::socketio
