#include "feeds/news/articles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace flux::feeds {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr WallMillis kNow = 1'774'000'800'042;  // 2026-03-20T10:00:00.042Z

using Fields = std::vector<std::pair<std::string, std::string>>;

/// A whole article of the free plan; `changes` replace fields (their values are JSON).
std::string Article(const Fields& changes = {}) {
    Fields fields{
        {"article_id", R"("c0ffee")"},
        {"link", R"("https://news.example/bridge")"},
        {"title", R"("Harbour bridge reopens")"},
        {"description", R"("Traffic resumed.")"},
        {"content", R"("ONLY AVAILABLE IN PAID PLANS")"},
        {"keywords", "null"},
        {"creator", R"(["A. Writer"])"},
        {"language", R"("english")"},
        {"country", R"(["united kingdom"])"},
        {"category", R"(["business","top"])"},
        {"datatype", R"("news")"},
        {"pubDate", R"("2026-03-20 08:55:00")"},
        {"pubDateTZ", R"("UTC")"},
        {"fetched_at", R"("2026-03-20 09:02:11")"},
        {"image_url", R"("https://news.example/a.jpg")"},
        {"video_url", "null"},
        {"source_id", R"("exampledaily")"},
        {"source_name", R"("Example Daily")"},
        {"source_priority", "48213"},
        {"source_url", R"("https://news.example")"},
        {"source_icon", "null"},
        {"sentiment", R"("ONLY AVAILABLE")"},
        {"sentiment_stats", R"("ONLY AVAILABLE")"},
        {"ai_tag", R"("ONLY AVAILABLE")"},
        {"duplicate", "false"}};
    std::string text = "{";
    for (auto& [name, value] : fields) {
        for (const auto& [changed, with] : changes)
            if (changed == name) value = with;
        if (value == "ABSENT") continue;
        if (text.size() > 1) text += ',';
        text += "\"" + name + "\":" + value;
    }
    return text + "}";
}

std::string Answer(const std::string& articles) {
    return R"({"status":"success","totalResults":1,"results":[)" + articles +
           R"(],"nextPage":"1774000500123456789"})";
}

contract::NewsCard CardOf(const Fields& changes) {
    const auto articles = ReadArticles(Answer(Article(changes)), 50, kNow);
    EXPECT_TRUE(articles.has_value());
    if (!articles || articles->cards.empty()) return {};
    return articles->cards.front();
}

TEST(Articles, BecomeCards) {
    const contract::NewsCard card = CardOf({});
    EXPECT_EQ(card.id, "c0ffee");
    EXPECT_EQ(card.title, "Harbour bridge reopens");
    EXPECT_EQ(card.description, "Traffic resumed.");
    EXPECT_EQ(card.image, "https://news.example/a.jpg");
    EXPECT_EQ(card.url, "https://news.example/bridge");
    EXPECT_EQ(card.source, "exampledaily");
    EXPECT_EQ(card.source_name, "Example Daily");
    EXPECT_EQ(card.published_at, "2026-03-20T08:55:00Z");
    EXPECT_THAT(card.category, ElementsAre("business", "top"));
}

TEST(Articles, AnyNullOrMissingFieldCostsAtMostTheArticle) {
    const Fields whole{
        {"article_id", ""},  {"link", ""},        {"title", ""},           {"description", ""},
        {"content", ""},     {"keywords", ""},    {"creator", ""},         {"language", ""},
        {"country", ""},     {"category", ""},    {"datatype", ""},        {"pubDate", ""},
        {"pubDateTZ", ""},   {"fetched_at", ""},  {"image_url", ""},       {"video_url", ""},
        {"source_id", ""},   {"source_name", ""}, {"source_priority", ""}, {"source_url", ""},
        {"source_icon", ""}, {"sentiment", ""},   {"sentiment_stats", ""}, {"ai_tag", ""},
        {"duplicate", ""}};
    for (const auto& [name, unused] : whole) {
        const bool required = name == "article_id" || name == "link" || name == "title";
        for (const char* value : {"null", "ABSENT", "[]", "{}", "1e400", "true", R"(["x"])"}) {
            const std::string good =
                Article({{"article_id", R"("other")"}, {"link", R"("https://b.example/")"}});
            const auto articles =
                ReadArticles(Answer(Article({{name, value}}) + "," + good), 50, kNow);
            ASSERT_TRUE(articles.has_value()) << name << value;
            EXPECT_EQ(articles->cards.size(), required ? 1U : 2U) << name << " " << value;
            EXPECT_EQ(articles->dropped, required ? 1U : 0U);
            EXPECT_EQ(articles->cards.back().id, "other");
        }
    }
}

TEST(Articles, PaidPlansSendOtherKinds) {
    EXPECT_EQ(
        CardOf({{"sentiment_stats", R"({"positive":1,"neutral":0,"negative":0})"},
                {"ai_tag", R"(["x","y"])"}}
        ).id,
        "c0ffee"
    );
}

TEST(Articles, TextsAreCleaned) {
    const auto card = CardOf(
        {{"title", R"("<b>A</b> &amp; B\u0007")"},
         {"description", R"("<p> <\/p>")"},
         {"source_name", R"("<i><\/i>")"},
         {"category", R"(["<u>x<\/u>","",null,7])"}}
    );
    EXPECT_EQ(card.title, "A & B");
    EXPECT_FALSE(card.description.has_value());
    EXPECT_FALSE(card.source_name.has_value());
    EXPECT_THAT(card.category, ElementsAre("x"));
    EXPECT_EQ(
        ReadArticles(Answer(Article({{"title", R"("<script>x<\/script>")"}})), 50, kNow)->dropped,
        1U
    );
}

TEST(Articles, LinksAreWebLinksOrNone) {
    EXPECT_EQ(
        ReadArticles(Answer(Article({{"link", R"("javascript:alert")"}})), 50, kNow)->dropped, 1U
    );
    EXPECT_FALSE(CardOf({{"image_url", R"("data:image/png;base64,x")"}}).image.has_value());
}

TEST(Articles, TimesAreUtcWithZ) {
    EXPECT_EQ(CardOf({{"pubDateTZ", "null"}}).published_at, "2026-03-20T08:55:00Z");
    // A zone Flux does not know: the vendor's own clock is the next best.
    EXPECT_EQ(CardOf({{"pubDateTZ", R"("Asia/Kolkata")"}}).published_at, "2026-03-20T09:02:11Z");
    EXPECT_EQ(CardOf({{"pubDate", R"("soon")"}}).published_at, "2026-03-20T09:02:11Z");
    EXPECT_EQ(
        CardOf({{"pubDate", "null"}, {"fetched_at", "null"}}).published_at,
        "2026-03-20T10:00:00.042Z"
    );
}

TEST(Articles, OnlyNewsAndEachOnce) {
    const std::string body = Answer(
        Article() + "," + Article() + "," + Article({{"article_id", R"("x")"}}) + "," +
        Article({{"datatype", R"("blog")"}, {"article_id", R"("y")"}}) + ",null,7,[]"
    );
    const auto articles = ReadArticles(body, 50, kNow);
    EXPECT_EQ(articles->cards.size(), 1U);
    EXPECT_EQ(articles->repeated, 2U);
    EXPECT_EQ(articles->dropped, 4U);
}

TEST(Articles, NoMoreThanAreWanted) {
    std::string articles;
    for (int i = 0; i < 5; ++i) {
        const std::string n = std::to_string(i);
        articles +=
            (i > 0 ? "," : "") +
            Article({{"article_id", "\"" + n + "\""}, {"link", R"("https://a.example/)" + n + "\""}}
            );
    }
    EXPECT_EQ(ReadArticles(Answer(articles), 3, kNow)->cards.size(), 3U);
}

TEST(Articles, WhatIsNoAnswerIsAnError) {
    const auto why = [](std::string_view body) {
        const auto articles = ReadArticles(body, 50, kNow);
        return articles ? std::string("read") : articles.error().context;
    };
    EXPECT_THAT(
        why(R"({"status":"error","results":{"message":"m","code":"c"}})"), HasSubstr("success")
    );
    EXPECT_THAT(why(R"({"status":"success","results":null})"), HasSubstr("no list"));
    EXPECT_THAT(why(R"({"status":"success"})"), HasSubstr("no list"));
    for (const char* body :
         {"", "<html></html>", "[]", "null", R"({"status":"success","results":[)"})
        EXPECT_NE(why(body), "read") << body;
    EXPECT_THAT(
        ReadArticles(R"({"status":"success","results":[],"nextPage":null})", 50, kNow)->cards,
        IsEmpty()
    );
}

}  // namespace
}  // namespace flux::feeds
