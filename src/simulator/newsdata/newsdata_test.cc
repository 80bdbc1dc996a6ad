// The simulated NewsData.io over real sockets, checked field by field.
#include "simulator/newsdata/newsdata.h"

#include "simulator/simulator_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

namespace flux::simulator {
namespace {

using ::testing::HasSubstr;

const std::string kLatest = "/newsdata/api/1/latest?apikey=k";

using NewsDataTest = SimulatorTest;

void ExpectArticle(std::string_view article) {
    ExpectFields(article, {{"article_id", "s"},      {"link", "s0"},
                           {"title", "s"},           {"description", "s0"},
                           {"content", "s0"},        {"keywords", "a0"},
                           {"creator", "a0"},        {"language", "s"},
                           {"country", "a"},         {"category", "a"},
                           {"datatype", "s", true},  {"pubDate", "s"},
                           {"pubDateTZ", "s"},       {"fetched_at", "s", true},
                           {"image_url", "s0"},      {"video_url", "s0"},
                           {"source_id", "s"},       {"source_name", "s"},
                           {"source_priority", "i"}, {"source_url", "s"},
                           {"source_icon", "s0"},    {"sentiment", "s"},
                           {"sentiment_stats", "s"}, {"ai_tag", "s"},
                           {"ai_region", "s"},       {"ai_org", "s"},
                           {"ai_summary", "s"},      {"duplicate", "b"}});
    EXPECT_EQ(TextAt(article, "article_id").size(), 32u);
    EXPECT_EQ(TextAt(article, "pubDate").size(), 19u);
    EXPECT_EQ(TextAt(article, "pubDateTZ"), "UTC");
    EXPECT_THAT(TextAt(article, "content"), HasSubstr("ONLY AVAILABLE IN PAID PLANS"));
}

TEST_F(NewsDataTest, TellsTheLatest) {
    Start();
    const std::string path = kLatest + "&category=business,politics,technology&language=en";
    const WireAnswer answer = Fetch(path);
    ASSERT_EQ(answer.status, 200);
    EXPECT_EQ(answer.Header("X-RateLimit-Remaining"), "29");
    EXPECT_EQ(answer.Header("X-API-Limit-Remaining"), "199");
    ExpectFields(
        answer.body,
        {{"status", "s"}, {"totalResults", "i"}, {"results", "a"}, {"nextPage", "s0", true}}
    );
    EXPECT_EQ(TextAt(answer.body, "status"), "success");
    const auto articles = Items(At(answer.body, "results"));
    ASSERT_EQ(articles.size(), 10u);
    std::set<std::string> ids;
    std::string newer = "9";
    for (const std::string& article : articles) {
        ExpectArticle(article);
        EXPECT_TRUE(ids.insert(TextAt(article, "article_id")).second);
        EXPECT_EQ(TextAt(article, "language"), "english");
        const std::string category = TextAt(article, "category.0");
        EXPECT_TRUE(category == "business" || category == "politics" || category == "technology");
        EXPECT_LT(TextAt(article, "pubDate"), newer) << "newest first";
        newer = TextAt(article, "pubDate");
    }
    EXPECT_GT(NumberAt(answer.body, "totalResults"), 200);

    // The next page goes on where this one ended.
    const std::string page = TextAt(answer.body, "nextPage");
    EXPECT_EQ(page.size(), 19u);
    const std::string second = FetchJson(path + "&page=" + page);
    for (const std::string& article : Items(At(second, "results"))) {
        EXPECT_TRUE(ids.insert(TextAt(article, "article_id")).second) << "shown twice";
        EXPECT_LT(TextAt(article, "pubDate"), newer);
    }
}

TEST_F(NewsDataTest, TakesTheVendorsParameters) {
    Start();
    EXPECT_EQ(Items(At(FetchJson(kLatest + "&size=3"), "results")).size(), 3u);
    EXPECT_EQ(TextAt(FetchJson(kLatest + "&language=hi"), "results.0.language"), "hindi");
    EXPECT_EQ(
        TextAt(FetchJson(kLatest + "&country=gb&language=en"), "results.0.country.0"),
        "united kingdom"
    );
    EXPECT_THAT(
        TextAt(FetchJson(kLatest + "&qInTitle=Nashik"), "results.0.title"), HasSubstr("Nashik")
    );
    const std::string nothing = FetchJson(kLatest + "&q=zzzzzz");
    EXPECT_EQ(At(nothing, "totalResults"), "0");
    EXPECT_EQ(At(nothing, "results"), "[]");
    EXPECT_EQ(At(nothing, "nextPage"), "null");
    EXPECT_EQ(Fetch("/newsdata/api/1/news", "X-ACCESS-KEY: k\r\n").status, 200);
}

TEST_F(NewsDataTest, RefusesAsTheVendorDoes) {
    Start();
    const auto expect = [&](const std::string& path, int status) {
        const WireAnswer answer = Fetch("/newsdata/api/1/" + path);
        EXPECT_EQ(answer.status, status) << path << answer.body;
        EXPECT_EQ(TextAt(answer.body, "status"), "error");
        EXPECT_NE(TextAt(answer.body, "results.message"), "(none)");
        EXPECT_NE(TextAt(answer.body, "results.code"), "(none)");
    };
    expect("latest", 401);
    expect("latest?apikey=", 401);
    expect("latest?apikey=refused-key", 401);
    expect("latest?apikey=k&size=11", 422);
    expect("latest?apikey=k&category=nonsense", 422);
    expect("latest?apikey=k&category=top,top,top,top,top,top", 422);
    expect("latest?apikey=k&q=a&qInTitle=b", 422);
    expect("latest?apikey=k&page=x", 422);
    expect("latest?apikey=k&page=9999999999999999999", 422);
    expect("latest?apikey=k&language=en&language=hi", 409);
    expect("nothing?apikey=k", 404);
}

TEST_F(NewsDataTest, CountsCredits) {
    Start();
    for (int i = 0; i < 30; ++i)
        ASSERT_EQ(Fetch(kLatest).status, 200) << i;
    const WireAnswer refused = Fetch(kLatest);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.body, R"({"status":"error","message":"Rate Limit Exceeded"})");
    const int wait = std::stoi(refused.Header("Retry-After"));
    EXPECT_GT(wait, 800);
    EXPECT_LE(wait, 900);
}

TEST(Articles, ComeOverTime) {
    constexpr WallMillis kNow = 1'774'000'000'000;
    EXPECT_EQ(NewestArticle(kNow + 120'000), NewestArticle(kNow) + 1);
    std::set<std::string> titles;
    std::set<std::string_view> categories;
    for (std::int64_t number = NewestArticle(kNow) - 300; number <= NewestArticle(kNow); ++number) {
        const Article article = ArticleOf(7, number);
        EXPECT_LE(article.published, kNow);
        EXPECT_EQ(article.id, ArticleOf(7, number).id);
        EXPECT_NE(article.id, ArticleOf(8, number).id);
        EXPECT_TRUE(IsCategory(article.category));
        titles.insert(article.title);
        categories.insert(article.category);
    }
    EXPECT_GT(titles.size(), 200u);
    EXPECT_GE(categories.size(), 6u);
}

}  // namespace
}  // namespace flux::simulator
