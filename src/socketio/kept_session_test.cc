#include "socketio/kept_session.h"

#include "limits/limits.h"

#include <gtest/gtest.h>

namespace flux::socketio {
namespace {

ArchivedSession Sample() {
    ArchivedSession archived;
    archived.owner = 0x1234567890abcdefULL;
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
    EXPECT_FALSE(read->left);
    EXPECT_EQ(read->session.sid, "sid");
    EXPECT_EQ(read->session.nsp, "/n");
    EXPECT_EQ(read->session.rooms, Sample().session.rooms);
    EXPECT_EQ(read->session.begin, "begin");
    EXPECT_EQ(read->session.state, "state");
    EXPECT_EQ(read->session.brought, 7u);
    EXPECT_EQ(Encode(*read), Encode(Sample()));

    ArchivedSession grave;
    grave.left = true;
    const auto left = DecodeArchived(Encode(grave));
    ASSERT_TRUE(left.has_value());
    EXPECT_TRUE(left->left);
}

TEST(KeptSession, WhatIsNotWholeIsNothing) {
    const std::string whole = Encode(Sample());
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(DecodeArchived(whole.substr(0, size)).has_value()) << size;
    EXPECT_FALSE(DecodeArchived(whole + "x").has_value());
    EXPECT_FALSE(DecodeArchived(std::string(100, 'x')).has_value());
    std::string other = whole;
    other[10] = '7';  // neither here nor left
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
