// The simulated Frankfurter: exchange rates without a key.
#pragma once

#include "simulator/source.h"

#include <optional>

namespace flux::simulator {

/// GET /v1/latest with `base` (EUR) and `symbols` (all); rates of the last working day. No limit is
/// known.
class Frankfurter final : public Source {
public:
    explicit Frankfurter(const World& world);

private:
    Answer Refusal(int status, std::optional<int> retry_after) override;
    std::optional<Answer> Admit(const Ask& ask) override;
    Answer Serve(const Ask& ask) override;
    const BodyShape& shape() const override;
};

}  // namespace flux::simulator
