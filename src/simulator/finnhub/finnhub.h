// The simulated Finnhub.
#pragma once

#include "simulator/source.h"

#include <optional>

namespace flux::simulator {

/// GET /api/v1/quote, with the key in `token` or X-Finnhub-Token. 60 calls a minute and 30 a second
/// for a key.
class Finnhub final : public Source {
public:
    explicit Finnhub(const World& world);

private:
    Answer Refusal(int status, std::optional<int> retry_after) override;
    std::optional<Answer> Admit(const Ask& ask) override;
    Answer Serve(const Ask& ask) override;
    void Finish(const Ask& ask, Answer& answer) override;
    const BodyShape& shape() const override;

    void AddLimitHeaders(std::string_view key, Answer& answer);
};

}  // namespace flux::simulator
