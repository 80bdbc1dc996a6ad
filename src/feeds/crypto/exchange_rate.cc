#include "feeds/crypto/exchange_rate.h"

#include "base/log.h"
#include "contract/member_reader.h"

#include <fmt/format.h>
#include <optional>
#include <string>
#include <utility>

namespace flux::feeds {
namespace {

constexpr std::string_view kName = "Frankfurter";
constexpr std::size_t kCallsPerMinute = 5;
constexpr std::size_t kBodyBytesMax = 64 * KiB;

UpstreamOptions Upstream(const CryptoOptions& options, std::shared_ptr<const net::TlsTrust> trust) {
    UpstreamOptions upstream;
    upstream.name = kName;
    upstream.base = *net::Url::Parse(options.frankfurter_url);
    upstream.user_agent = options.user_agent;
    if (upstream.base.secure()) upstream.trust = std::move(trust);
    upstream.time_max = options.market_time_max;
    upstream.body_bytes_max = kBodyBytesMax;
    upstream.limits = {CallLimit{kCallsPerMinute, std::chrono::minutes(1)}};
    return upstream;
}

}  // namespace

Result<double> DecodeInrRate(std::string_view body) {
    Result<contract::MemberReader> in = contract::ReadObject("exchange rates", body);
    if (!in) return in.error();
    in->Constant("base", "USD");
    contract::MemberReader rates = in->Object("rates");
    const double rate = rates.Number("INR");
    if (rate <= 0) rates.Refuse("INR", "is not above 0");
    in->Take(rates);
    if (in->error()) return *in->error();
    return rate;
}

ExchangeRate::ExchangeRate(
    const CryptoOptions& options,
    std::shared_ptr<const net::TlsTrust> trust,
    const Clock& clock,
    Random& random,
    UpstreamStats& stats
)
    : options_(options),
      clock_(clock),
      client_(Upstream(options, std::move(trust)), clock, random, stats) {}

Task<ExchangeRate::Answer> ExchangeRate::Get() {
    double rate = 0;
    JudgeAnswer judge = [&](const net::HttpReply& reply) -> std::optional<UpstreamError> {
        if (reply.status != 200) return std::nullopt;
        const Result<double> read = DecodeInrRate(reply.body);
        if (read) {
            rate = *read;
            return std::nullopt;
        }
        return RefusedAnswer(
            contract::Failure::kBadData,
            fmt::format("{} gave an answer that cannot be used.", kName),
            read.error().context
        );
    };
    Task<UpstreamClient::Answer> call =
        client_.Get("/latest?base=USD&symbols=INR", std::move(judge));
    UpstreamClient::Answer answer = co_await std::move(call);
    auto* const error = std::get_if<UpstreamError>(&answer);
    if (error == nullptr) {
        rate_ = rate;
        read_at_ = clock_.Now();
        co_return rate;
    }
    if (rate_ == 0 || clock_.Now() - read_at_ > options_.rate_age_max) co_return std::move(*error);
    log::Info(
        "crypto.rate_kept",
        "the exchange rate could not be read; the last one is used",
        {{"detail", error->detail}}
    );
    co_return rate_;
}

}  // namespace flux::feeds
