#include "bus/header_codec.h"

#include <gtest/gtest.h>

#include <string>

namespace flux::bus {
namespace {

Header Make(std::string name, std::string value) {
    Header header;
    header.name = std::move(name);
    header.value = std::move(value);
    return header;
}

TEST(HeaderCodec, ReadsBackWhatItWrote) {
    const std::vector<Header> headers = {
        Make("a", "1"), Make("a", "2"), Make("", ""), Make("long", std::string(70'000, '\xff'))};
    const auto decoded = DecodeHeaders(EncodeHeaders(headers));
    ASSERT_TRUE(decoded);
    ASSERT_EQ(decoded->size(), headers.size());
    for (std::size_t i = 0; i < headers.size(); ++i) {
        EXPECT_EQ((*decoded)[i].name, headers[i].name);
        EXPECT_EQ((*decoded)[i].value, headers[i].value);
    }
    EXPECT_EQ(EncodeHeaders({}), "");
}

TEST(HeaderCodec, RefusesBytesThatEndTooEarly) {
    const std::string bytes = EncodeHeaders({Make("name", "value")});
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        const auto decoded = DecodeHeaders(std::string_view(bytes).substr(0, size));
        ASSERT_FALSE(decoded) << size;
        EXPECT_EQ(decoded.error().code, ErrorCode::kCorrupt);
    }
}

TEST(HeaderCodec, RefusesALengthBeyondTheEnd) {
    const std::string bytes(
        "\xff\xff\xff\xff"
        "abc",
        7
    );
    EXPECT_FALSE(DecodeHeaders(bytes));
}

}  // namespace
}  // namespace flux::bus
