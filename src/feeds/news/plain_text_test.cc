#include "feeds/news/plain_text.h"

#include "json/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace flux::feeds {
namespace {

std::string Plain(std::string_view text) {
    return PlainText(text, 200);
}

TEST(PlainText, LeavesTextAlone) {
    EXPECT_EQ(Plain("Harbour bridge reopens"), "Harbour bridge reopens");
    EXPECT_EQ(Plain("M\xC3\xBCnchen \xF0\x9F\x98\x80"), "M\xC3\xBCnchen \xF0\x9F\x98\x80");
    EXPECT_EQ(Plain("a < b and 1 <2 & c"), "a < b and 1 <2 & c");
    EXPECT_EQ(Plain(""), "");
}

TEST(PlainText, TakesTagsOut) {
    EXPECT_EQ(Plain("<p>One</p><p>Two</p>"), "One Two");
    EXPECT_EQ(Plain("a<br/>b"), "a b");
    EXPECT_EQ(Plain("<b>bold</b>ly"), "boldly");
    EXPECT_EQ(Plain("x<img src=\"a>b\" onerror='y'>z"), "x z");
    EXPECT_EQ(Plain("x<!-- no > -->y"), "x y");
    EXPECT_EQ(Plain("cut <a href=\"http"), "cut");
    EXPECT_EQ(Plain("<!DOCTYPE html><?xml?>t"), "t");
    EXPECT_EQ(Plain("q <a title=\"never ends> text"), "q text");
}

TEST(PlainText, TakesScriptsAndStylesOutWhole) {
    EXPECT_EQ(Plain("a<script>alert('<b>')</script>b"), "a b");
    EXPECT_EQ(Plain("a<STYLE type=x>p{}</Style >b"), "a b");
    EXPECT_EQ(Plain("a<script>alert(1)"), "a");
}

TEST(PlainText, TurnsReferencesIntoCharacters) {
    EXPECT_EQ(
        Plain("A &amp; B &lt;3 &quot;x&quot; &#39;y&#39; &#x2019;"),
        "A & B <3 \"x\" 'y' \xE2\x80\x99"
    );
    EXPECT_EQ(Plain("5&nbsp;&euro;"), "5 \xE2\x82\xAC");
    EXPECT_EQ(
        Plain("&unknown; &#; &#x; &#0; &#xD800; &#x110000; &"),
        "&unknown; &#; &#x; &#0; &#xD800; &#x110000; &"
    );
}

TEST(PlainText, TakesEscapedTagsOutToo) {
    EXPECT_EQ(Plain("&lt;script&gt;alert(1)&lt;/script&gt;news"), "news");
    EXPECT_EQ(Plain("&lt;p&gt;One&lt;/p&gt;"), "One");
}

TEST(PlainText, TurnsControlCharactersAndBlanksIntoOneBlank) {
    EXPECT_EQ(Plain(std::string("a\0b\x1B[2Jc\n\n\td\x7F", 13)), "a b [2Jc d");
    EXPECT_EQ(
        Plain("a\xC2\x9B"
              "b"),
        "a b"
    );  // C1
    EXPECT_EQ(
        Plain("a\xE2\x80\xA8\xE2\x80\xAE\xE2\x81\xA6"
              "b"),
        "a b"
    );  // separators, direction
    EXPECT_EQ(Plain("&#27;&#x202E;x"), "x");
    EXPECT_EQ(Plain(" \n "), "");
}

TEST(PlainText, CutsAtACharacter) {
    EXPECT_EQ(PlainText("abcdef", 6), "abcdef");
    EXPECT_EQ(PlainText("abcdefg", 6), "abcde\xE2\x80\xA6");
    EXPECT_EQ(PlainText("ab cdefg", 4), "ab\xE2\x80\xA6");
    const std::string long_text(100'000, 'x');
    EXPECT_EQ(json::Utf8Length(PlainText(long_text, 300)), 300U);
    std::string wide;
    for (int i = 0; i < 5'000; ++i)
        wide += "\xE2\x82\xAC";
    EXPECT_TRUE(json::IsUtf8(PlainText(wide, 3'000)));
}

TEST(PlainText, DoesNotTakeLongOverHostileText) {
    for (const char* piece : {"<a ", "<a \"", "<!--", "&#", "<script>", "</", "<"}) {
        std::string text;
        while (text.size() < 100'000)
            text += piece;
        EXPECT_TRUE(json::IsUtf8(PlainText(text, 1'000))) << piece;
    }
}

TEST(WebLink, IsHttpWithAHost) {
    EXPECT_TRUE(IsWebLink("https://news.example/bridge?x=1&y=%20#z"));
    EXPECT_TRUE(IsWebLink("HTTP://news.example"));
    for (const char* text :
         {"",
          "javascript:alert(1)",
          "data:text/html,x",
          "//news.example",
          "ftp://x/y",
          "https://",
          "https:///x",
          "https://?x",
          "https://a b",
          "https://a\"b",
          "https://a<b",
          "https://user@news.example/",
          "https://news.example\\@evil",
          "https://news.example/\n",
          "https://news.example/\xC3\xBC"}) {
        EXPECT_FALSE(IsWebLink(text)) << text;
    }
    EXPECT_FALSE(IsWebLink("https://news.example/" + std::string(3'000, 'x')));
}

}  // namespace
}  // namespace flux::feeds
