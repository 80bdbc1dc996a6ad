#include "simulator/source_set.h"

#include "simulator/coingecko/coingecko.h"
#include "simulator/finnhub/finnhub.h"
#include "simulator/frankfurter/frankfurter.h"
#include "simulator/newsdata/newsdata.h"
#include "simulator/openweather/openweather.h"

#include <fmt/format.h>
#include <utility>

namespace flux::simulator {
namespace {

constexpr std::string_view kAll = "all";

Error Bad(std::string why) {
    return Error(ErrorCode::kBadInput, Retry::kNever, std::move(why));
}

/// Whether a source can have a fault.
bool Has(const Source& source, FaultKind kind) {
    const std::string_view where = Faults()[static_cast<std::size_t>(kind)].where;
    return where == "any" || where == source.name() ||
           (where == "feed" && source.name() == "coinbase");
}

}  // namespace

SourceSet::SourceSet(Shard& shard, SourceSetOptions options)
    : recorded_(std::move(options.recorded_bodies)) {
    for (std::string& key : options.refused_keys) {
        [[maybe_unused]] const bool known = keys_.Refuse(std::move(key));
    }
    RecordedBodies* const recorded = recorded_ ? &*recorded_ : nullptr;
    const World world{shard.clock(), options.exchange.seed, keys_, recorded};
    exchange_ =
        std::make_unique<Exchange>(shard, world, options.exchange, std::move(options.prices));
    others_.push_back(std::make_unique<OpenWeather>(world));
    others_.push_back(std::make_unique<CoinGecko>(
        world, std::as_const(*exchange_).market(), options.coingecko_refresh
    ));
    others_.push_back(std::make_unique<Frankfurter>(world));
    others_.push_back(std::make_unique<Finnhub>(world));
    others_.push_back(std::make_unique<NewsData>(world));
    all_.push_back(exchange_.get());
    for (const auto& source : others_)
        all_.push_back(source.get());
}

SourceSet::~SourceSet() = default;

Source& SourceSet::At(std::string_view path) {
    for (const auto& source : others_) {
        const std::string_view prefix = source->prefix();
        if (path.starts_with(prefix) &&
            (path.size() == prefix.size() || path[prefix.size()] == '/')) {
            return *source;
        }
    }
    return *exchange_;
}

Source* SourceSet::Find(std::string_view name) {
    for (Source* const source : all_)
        if (source->name() == name) return source;
    return nullptr;
}

std::string SourceSet::Names() const {
    std::string names;
    for (const Source* const source : all_)
        names += (names.empty() ? "" : ", ") + source->name();
    return names;
}

Result<void> SourceSet::Inject(const Fault& fault) {
    bool met = false;
    for (Source* const source : all_) {
        if (fault.source != kAll && fault.source != source->name()) continue;
        if (!Has(*source, fault.kind)) {
            if (fault.source == kAll) continue;
            const std::string_view where = Faults()[static_cast<std::size_t>(fault.kind)].where;
            return Bad(fmt::format(
                "\"{}\" is a fault of {}, not of {}",
                ToString(fault.kind),
                where == "feed" ? "coinbase" : where,
                source->name()
            ));
        }
        met = true;
        Fault here = fault;
        here.source = source->name();
        source->Inject(here);
    }
    if (met) return {};
    return Bad("\"source\" must be one of all, " + Names());
}

Result<void> SourceSet::ClearFaults(std::string_view name) {
    if (!name.empty() && name != kAll && Find(name) == nullptr) {
        return Bad("\"source\" must be one of all, " + Names());
    }
    for (Source* const source : all_)
        if (name.empty() || name == kAll || name == source->name()) source->faults().Clear();
    return {};
}

Result<void> SourceSet::SetLimit(std::string_view name, std::string_view rule, std::uint64_t most) {
    Source* const source = Find(name);
    if (source == nullptr) return Bad("\"source\" must be one of " + Names());
    return source->limits().SetMost(rule, most);
}

std::string SourceSet::FaultsJson() const {
    std::string list = "[";
    for (const Source* const source : all_)
        source->faults().Append(list);
    return list + "]";
}

std::string SourceSet::LimitsJson() const {
    JsonText json;
    json.Open('{');
    for (const Source* const source : all_) {
        json.Name(source->name());
        source->limits().Append(json);
    }
    return json.Close().Take();
}

std::string SourceSet::StateJson() const {
    JsonText json;
    json.Open('{');
    exchange_->AppendState(json);
    json.Raw("faults", FaultsJson());
    json.Open("sources", '{');
    for (const Source* const source : all_) {
        json.Open(source->name(), '{').Text("prefix", source->prefix());
        source->log().Append(json);
        json.Name("limits");
        source->limits().Append(json);
        json.Close();
    }
    return json.Close().Close().Take();
}

void SourceSet::Describe(MetricWriter& out) const {
    simulator::Describe(out, exchange_->stats());
    for (const Source* const source : all_) {
        const MetricLabel label{"source", source->name()};
        const CallLog& log = source->log();
        out.Write("simulator_calls", "Requests to a simulated source", log.calls(), {label});
        out.Write("simulator_refused", "Of those, answered 429", log.refused(), {label});
        out.Write("simulator_faulted", "Faults that met a request", log.faulted(), {label});
    }
}

}  // namespace flux::simulator
