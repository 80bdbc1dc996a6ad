#include "base/metrics.h"

#include <cmath>
#include <fmt/format.h>

namespace flux {
namespace {

void AppendEscaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '\\':
                out += "\\\\";
                break;
            case '"':
                out += "\\\"";
                break;
            case '\n':
                out += "\\n";
                break;
            default:
                out += c;
        }
    }
}

void AppendLabel(std::string& out, std::string_view name, std::string_view value) {
    out += out.empty() ? '{' : ',';
    out += name;
    out += "=\"";
    AppendEscaped(out, value);
    out += '"';
}

std::string Number(double value) {
    if (std::floor(value) == value && std::abs(value) < 1e15) {
        return fmt::format("{}", static_cast<std::int64_t>(value));
    }
    return fmt::format("{}", value);
}

}  // namespace

void MetricWriter::Write(
    std::string_view name, std::string_view help, const Counter& value, MetricLabels labels
) {
    WriteCounter(name, help, static_cast<double>(value.value()), labels);
}

void MetricWriter::Write(
    std::string_view name, std::string_view help, const SharedCounter& value, MetricLabels labels
) {
    WriteCounter(name, help, static_cast<double>(value.value()), labels);
}

void MetricWriter::Write(
    std::string_view name, std::string_view help, const Gauge& value, MetricLabels labels
) {
    WriteGauge(name, help, static_cast<double>(value.value()), labels);
}

void MetricWriter::WriteCounter(
    std::string_view name, std::string_view help, double value, MetricLabels labels
) {
    Add("flux_" + std::string(name) + "_total", help, "counter", value, labels);
}

void MetricWriter::WriteGauge(
    std::string_view name, std::string_view help, double value, MetricLabels labels
) {
    Add("flux_" + std::string(name), help, "gauge", value, labels);
}

void MetricWriter::SetCommonLabel(std::string_view name, std::string_view value) {
    if (value.empty()) {
        common_.erase(std::string(name));
    } else {
        common_[std::string(name)] = value;
    }
}

void MetricWriter::Add(
    std::string name, std::string_view help, const char* type, double value, MetricLabels labels
) {
    std::string sample;
    for (const auto& [label, text] : common_)
        AppendLabel(sample, label, text);
    for (const auto& [label, text] : labels)
        AppendLabel(sample, label, text);
    if (!sample.empty()) sample += '}';
    Family& family = families_[std::move(name)];
    family.help = help;
    family.type = type;
    family.samples.emplace_back(std::move(sample), value);
}

std::string MetricWriter::Text() const {
    std::string out;
    for (const auto& [name, family] : families_) {
        out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, family.type);
        for (const auto& [labels, value] : family.samples) {
            out += fmt::format("{}{} {}\n", name, labels, Number(value));
        }
    }
    return out;
}

MetricRegistry::Registration& MetricRegistry::Registration::operator=(Registration&& other
) noexcept {
    if (this != &other) {
        if (registry_ != nullptr) registry_->Remove(id_);
        registry_ = std::exchange(other.registry_, nullptr);
        id_ = other.id_;
    }
    return *this;
}

MetricRegistry::Registration::~Registration() {
    if (registry_ != nullptr) registry_->Remove(id_);
}

MetricRegistry::Registration MetricRegistry::Add(Source source) {
    const std::scoped_lock lock(mutex_);
    const std::uint64_t id = next_id_++;
    sources_.emplace(id, std::move(source));
    return Registration(this, id);
}

std::string MetricRegistry::Scrape() const {
    MetricWriter writer;
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, source] : sources_)
        source(writer);
    return writer.Text();
}

void MetricRegistry::Remove(std::uint64_t id) {
    const std::scoped_lock lock(mutex_);
    sources_.erase(id);
}

}  // namespace flux
