// The simulated NewsData.io.
#pragma once

#include "simulator/newsdata/article.h"
#include "simulator/source.h"

#include <optional>
#include <string>
#include <vector>

namespace flux::simulator {

/// GET /api/1/latest (and its old name /news), with the key in `apikey` or X-ACCESS-KEY. The last
/// 48 hours, newest first. Free plan: 30 credits in a quarter of an hour, 200 a day, 10 articles
/// each.
class NewsData final : public Source {
public:
    explicit NewsData(const World& world);

private:
    /// What a request asks for.
    struct Query {
        std::vector<std::string> categories;
        std::vector<std::string> languages;
        std::vector<std::string> countries;
        std::string words;  ///< in title or description, small letters
        bool title_only = false;
        bool unique = false;
        std::optional<bool> image;
        std::size_t size = 10;
        std::int64_t from = 0;  ///< the newest article's number
        std::int64_t to = 0;    ///< the oldest one's

        bool Wants(const Article& article) const;
    };
    Answer Refusal(int status, std::optional<int> retry_after) override;
    std::optional<Answer> Admit(const Ask& ask) override;
    Answer Serve(const Ask& ask) override;
    void Finish(const Ask& ask, Answer& answer) override;
    const BodyShape& shape() const override;

    /// Errors: the answer that says what is wrong.
    std::optional<Answer> Read(const Ask& ask, Query& query) const;
    void AppendArticle(JsonText& json, const Article& article) const;
};

}  // namespace flux::simulator
