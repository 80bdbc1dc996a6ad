#include "feeds/news/news_stats.h"

namespace flux::feeds {

void Describe(MetricWriter& out, const NewsStats& stats) {
    Describe(out, "newsdata", stats.upstream);
    constexpr auto kHelp = "Articles of the news source, by what became of them";
    const auto articles = [&](const char* outcome, const Counter& count) {
        out.Write("news_articles", kHelp, count, {{"outcome", outcome}});
    };
    articles("shown", stats.articles);
    articles("dropped", stats.articles_dropped);
    articles("repeated", stats.articles_repeated);
    out.Write(
        "news_answers_empty",
        "Answers of the news source without an article that can be shown",
        stats.answers_empty
    );
    constexpr auto kEvents = "News events published, by where their articles were from";
    out.Write("news_events", kEvents, stats.events_fresh, {{"source", "api"}});
    out.Write("news_events", kEvents, stats.events_cached, {{"source", "cache"}});
    out.Write(
        "news_credits_left",
        "Calls of the day that the news source says are left; -1 before it has said",
        stats.credits_left
    );
}

}  // namespace flux::feeds
