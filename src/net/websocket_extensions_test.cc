#include "net/websocket_extensions.h"

#include "net/websocket.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flux::net {
namespace {

/// The answer to these header lines; empty: none is accepted.
std::string Answer(const std::vector<std::string>& values) {
    HttpRequest request;
    for (const std::string& value : values)
        request.headers.emplace_back("Sec-WebSocket-Extensions", value);
    const std::optional<DeflateTerms> terms = AgreeDeflate(request);
    return terms ? terms->Answer() : "";
}

const std::string kPlain =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

TEST(WebSocketExtensions, AcceptsWhatBrowsersAndLibrariesOffer) {
    EXPECT_EQ(Answer({"permessage-deflate"}), kPlain);
    EXPECT_EQ(Answer({"permessage-deflate; client_max_window_bits"}), kPlain);
    EXPECT_EQ(Answer({"permessage-deflate;client_max_window_bits=10"}), kPlain);
    EXPECT_EQ(
        Answer({"permessage-deflate; client_no_context_takeover; server_no_context_takeover"}),
        kPlain
    );
    EXPECT_EQ(Answer({"x-webkit-deflate-frame, permessage-deflate"}), kPlain);
    EXPECT_EQ(Answer({"something", "permessage-deflate"}), kPlain);
    EXPECT_EQ(
        Answer({"permessage-deflate; server_max_window_bits=\"10\""}),
        kPlain + "; server_max_window_bits=10"
    );
}

TEST(WebSocketExtensions, TakesTheFirstOfferThatCanBeTaken) {
    EXPECT_EQ(
        Answer({"permessage-deflate; wishes=3, permessage-deflate; server_max_window_bits=9, "
                "permessage-deflate"}),
        kPlain + "; server_max_window_bits=9"
    );
    EXPECT_EQ(Answer({"other; text=\"a,permessage-deflate;\", permessage-deflate"}), kPlain);
}

TEST(WebSocketExtensions, PassesOverWhatIsNotInOrder) {
    for (const std::string_view offer :
         {"",
          ",",
          "permessage-deflat",
          "PERMESSAGE-DEFLATE-X",
          "permessage-deflate; ",
          "permessage-deflate; unknown",
          "permessage-deflate; server_no_context_takeover=1",
          "permessage-deflate; client_no_context_takeover=true",
          "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
          "permessage-deflate; server_max_window_bits",
          "permessage-deflate; server_max_window_bits=7",
          "permessage-deflate; server_max_window_bits=16",
          "permessage-deflate; server_max_window_bits=010",
          "permessage-deflate; server_max_window_bits=1x",
          "permessage-deflate; server_max_window_bits=\"",
          "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
          "permessage-deflate; client_max_window_bits=7",
          "permessage-deflate; client_max_window_bits=",
          "permessage-deflate=1"}) {
        const std::string answer = Answer({std::string(offer)});
        EXPECT_EQ(answer, offer == "permessage-deflate; " ? kPlain : "") << offer;
    }
}

TEST(WebSocketExtensions, ASmallWindowBoundsTheMessage) {
    EXPECT_EQ(DeflateBytesMax(0), 0u);
    EXPECT_EQ(DeflateBytesMax(8), 256u);
    EXPECT_EQ(DeflateBytesMax(14), 16'384u);
    EXPECT_EQ(DeflateBytesMax(15), SIZE_MAX);
}

}  // namespace
}  // namespace flux::net
