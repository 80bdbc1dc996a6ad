"""Bounds stand in src/limits/limits.h, so that docs/limits.md lists them."""

import re
import unittest

from checkout import cpp, is_test, name, text
from cpp_source import code_only

_BOUND = re.compile(r"\bconstexpr\s+(?:std::)?(?:size_t|u?int\w*|int|long|unsigned)\s+(k\w*Max)\b")

# What stays where it is used: it bounds one input or one turn, and no memory grows with it.
EXCEPTIONS = {
    "src/app/admin_client.cc kAnswerBytesMax": "an answer that a command line reads before it ends",
    "src/app/doctor/peer_connection.h kReceiveMax": "an answer that a command line reads before it ends",
    "src/app/doctor/valkey_server.cc kReplyBytesMax": "an answer that a command line reads before it ends",
    "src/app/domain_settings.cc kListItemsMax": "items of one setting, refused with its name",
    "src/app/settings_binding.cc kListItemsMax": "items of one setting, refused with its name",
    "src/bus/durable_log.cc kOwnJobsMax": "room that a lane keeps for its own jobs, beyond the bounds of others'",
    "src/config/nearest.cc kNameBytesMax": "names too long for a guess at what was meant",
    "src/config/toml_document.cc kNamePartsMax": "depth of one dotted name, which the parser walks by recursion",
    "src/contract/country_index.cc kNameBytesMax": "names too long to be one of the table",
    "src/contract/location.cc kRawCharactersMax": "a field of a client's message, refused before it is composed",
    "src/contract/location.h kPlaceCharactersMax": "a field of a client's message; part of the contract",
    "src/contract/replies.h kGuestIdCharactersMax": "a field of a client's message; part of the contract",
    "src/feeds/crypto/coinbase_connection.cc kErrorsLoggedMax": "log lines of one connection",
    "src/feeds/crypto/crypto_options.cc kListMax": "what one answer of a source holds; a setting above is refused",
    "src/feeds/crypto/crypto_options.cc kProductsMax": "items of one setting, refused with its name",
    "src/feeds/crypto/exchange_frame.cc kWordsBytesMax": "words from upstream in one log line, cut",
    "src/feeds/crypto/exchange_ticker.cc kDecimalBytesMax": "a field of one frame, refused",
    "src/feeds/crypto/exchange_ticker.cc kProductIdBytesMax": "a field of one frame, refused",
    "src/feeds/crypto/exchange_rate.cc kBodyBytesMax": "an answer that is read before it is kept, refused",
    "src/feeds/crypto/market_feed.cc kFollowedMax": "items of one record; the rest is not followed",
    "src/feeds/crypto/market_row.cc kNameBytesMax": "a field of one row, which is skipped",
    "src/feeds/crypto/market_row.cc kUrlBytesMax": "a field of one row, left empty",
    "src/feeds/news/articles.cc kCategoriesMax": "a field of one article, cut",
    "src/feeds/news/articles.cc kDescriptionCharactersMax": "a field of one article, cut",
    "src/feeds/news/articles.cc kIdCharactersMax": "a field of one article, cut",
    "src/feeds/news/articles.cc kNameCharactersMax": "a field of one article, cut",
    "src/feeds/news/articles.cc kTitleCharactersMax": "a field of one article, cut",
    "src/feeds/news/news_options.cc kCategoriesMax": "items of one setting, refused with its name",
    "src/feeds/news/news_options.cc kWordBytesMax": "an item of one setting, refused with its name",
    "src/feeds/news/plain_text.cc kNameBytesMax": "a character reference of one text, left as it is",
    "src/feeds/news/plain_text.cc kRawBytesMax": "a field of one article, cut",
    "src/feeds/news/plain_text.cc kTagBytesMax": "a tag in one text, left as it is",
    "src/feeds/stock/stock_options.cc kSymbolBytesMax": "an item of one setting, refused with its name",
    "src/feeds/stock/stock_options.cc kSymbolsMax": "items of one setting, refused with its name",
    "src/gateway/id_claim.cc kOthersMax": "other processes with this one's id, of which there should be none",
    "src/gateway/route_config.cc kNameBytesMax": "a name in one row of the configuration, refused with its place",
    "src/json/json_fields.cc kPathStepsMax": "steps of one path in the configuration, refused with its place",
    "src/net/client/url.cc kHostBytesMax": "fixed by DNS",
    "src/net/http_parser.cc kChunkSizeDigitsMax": "digits that fit an integer",
    "src/net/http_parser.cc kLengthDigitsMax": "digits that fit an integer",
    "src/net/websocket_codec.cc kControlPayloadMax": "fixed by RFC 6455",
    "src/simulator/coinbase/decimal.cc kWholeMax": "the largest number that keeps its decimals",
    "src/simulator/coinbase/decimal.h kDecimalsMax": "digits that fit an integer",
    "src/simulator/coinbase/feed_request.cc kChannelsMax": "items of one request, refused as the vendor does",
    "src/simulator/coinbase/feed_request.cc kProductsMax": "items of one request, refused as the vendor does",
    "src/simulator/coinbase/replay_file.cc kLineBytesMax": "a line of a file, refused with its number",
    "src/simulator/coinbase/replay_file.cc kProductsMax": "products of a file, refused with its line",
    "src/simulator/coinbase/replay_source.cc kTradesPerStepMax": "trades of one step; the rest is skipped",
    "src/simulator/fault.cc kCountMax": "a field of one request, refused",
    "src/simulator/fault.cc kRequestBytesMax": "one request, refused",
    "src/socketio/transport_websocket.cc kReasonBytesMax": "fixed by RFC 6455",
}


def bounds(path):
    return {f"{name(path)} {found}" for found in _BOUND.findall(code_only(text(path)))}


class LimitsHomeTest(unittest.TestCase):
    def test_it_finds_a_bound(self):
        for line in ("constexpr std::size_t kRowsMax = 1;", "inline constexpr int kRowsMax = 1;",
                     "static constexpr std::int32_t kRowsMax{1};", "constexpr std::uint64_t kRowsMax = 1;"):
            self.assertEqual(_BOUND.findall(line), ["kRowsMax"], line)
        for line in ("constexpr Milliseconds kTimeMax = 1s;", "const int kRowsMax = 1;", "constexpr double kRowsMax = 1;"):
            self.assertEqual(_BOUND.findall(line), [], line)

    def test_bounds_stand_in_limits(self):
        found = set()
        for path in cpp():
            if not is_test(path) and path.parent.name != "limits":
                found |= bounds(path)
        self.assertGreater(len(found), 5)
        for bound in sorted(found - EXCEPTIONS.keys()):
            with self.subTest(bound):
                self.fail(f"{bound}: move it to src/limits/limits.h, or name here why it may stand there")
        self.assertEqual(sorted(EXCEPTIONS.keys() - found), [], "these exceptions are none any more")


if __name__ == "__main__":
    unittest.main()
