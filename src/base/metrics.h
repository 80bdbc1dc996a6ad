// Publishes counters as Prometheus text (exposition format 0.0.4).
#pragma once

#include "base/counter.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux {

using MetricLabel = std::pair<std::string_view, std::string_view>;
using MetricLabels = std::initializer_list<MetricLabel>;

/// Collects one scrape. Samples of one name may be written in any order; the text groups them under
/// one HELP and TYPE. Names get the prefix `flux_`, counters the suffix `_total`. Thread: one at a
/// time.
class MetricWriter {
public:
    void Write(
        std::string_view name, std::string_view help, const Counter& value, MetricLabels labels = {}
    );
    void Write(
        std::string_view name,
        std::string_view help,
        const SharedCounter& value,
        MetricLabels labels = {}
    );
    void Write(
        std::string_view name, std::string_view help, const Gauge& value, MetricLabels labels = {}
    );
    void WriteCounter(
        std::string_view name, std::string_view help, double value, MetricLabels labels = {}
    );
    void WriteGauge(
        std::string_view name, std::string_view help, double value, MetricLabels labels = {}
    );

    /// A label every following sample carries until it is set to "" (the shard, for instance).
    void SetCommonLabel(std::string_view name, std::string_view value);

    /// The text of everything written so far.
    std::string Text() const;

private:
    struct Family {
        std::string help;
        const char* type = "gauge";
        std::vector<std::pair<std::string, double>> samples;
    };
    void Add(
        std::string name, std::string_view help, const char* type, double value, MetricLabels labels
    );

    std::map<std::string, Family> families_;
    std::map<std::string, std::string> common_;
};

/// Who publishes metrics. One per process. Thread: any; a source is called on the thread that
/// scrapes, so it may only read counters (which any thread may) and never shard state.
class MetricRegistry {
public:
    using Source = std::function<void(MetricWriter&)>;

    /// Unregisters on destruction; must not outlive the registry.
    class Registration {
    public:
        Registration() = default;
        Registration(Registration&& other) noexcept
            : registry_(std::exchange(other.registry_, nullptr)),
              id_(other.id_) {}
        Registration& operator=(Registration&& other) noexcept;
        ~Registration();

    private:
        friend class MetricRegistry;
        Registration(MetricRegistry* registry, std::uint64_t id)
            : registry_(registry),
              id_(id) {}
        MetricRegistry* registry_ = nullptr;
        std::uint64_t id_ = 0;
    };

    [[nodiscard]] Registration Add(Source source);

    /// One scrape of every source, as Prometheus text.
    std::string Scrape() const;

private:
    void Remove(std::uint64_t id);

    mutable std::mutex mutex_;
    std::map<std::uint64_t, Source> sources_;
    std::uint64_t next_id_ = 1;
};

}  // namespace flux
