#include "net/static_files.h"

#include "base/assert.h"
#include "net/accept_encoding.h"
#include "net/http_text.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <openssl/evp.h>
#include <system_error>

namespace flux::net {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kForever = "public, max-age=31536000, immutable";
constexpr std::string_view kAskEachTime = "no-cache";
constexpr std::string_view kAnHour = "public, max-age=3600";

std::string_view ContentTypeOf(std::string_view extension) {
    constexpr std::pair<std::string_view, std::string_view> kTypes[]{
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".map", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},
        {".webp", "image/webp"},
        {".avif", "image/avif"},
        {".gif", "image/gif"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".woff", "font/woff"},
        {".ttf", "font/ttf"},
        {".wasm", "application/wasm"},
        {".xml", "application/xml"},
        {".txt", "text/plain; charset=utf-8"}};
    for (const auto& [name, type] : kTypes) {
        if (EqualsIgnoringCase(name, extension)) return type;
    }
    return "application/octet-stream";
}

/// Whether a bundler put a hash of the content into the name: assets/name-XXXXXXXX.ext.
bool HasHashedName(std::string_view path) {
    constexpr std::size_t kHashCharacters = 8;
    if (!path.starts_with("assets/") && path.find("/assets/") == std::string_view::npos)
        return false;
    const std::string_view name = path.substr(path.rfind('/') + 1);
    const std::string_view stem = name.substr(0, name.find('.', name.rfind('-') + 1));
    if (stem.size() < kHashCharacters + 2 || stem.size() == name.size()) return false;
    const std::string_view hash = stem.substr(stem.size() - kHashCharacters);
    if (stem[stem.size() - kHashCharacters - 1] != '-') return false;
    return std::all_of(hash.begin(), hash.end(), [](char c) {
        return (c >= '0' && c <= '9') || (ToLower(c) >= 'a' && ToLower(c) <= 'z') || c == '_' ||
               c == '-';
    });
}

std::string HashOf(std::string_view bytes) {
    constexpr std::size_t kKept = 16;
    std::array<unsigned char, 32> digest{};
    unsigned int digest_bytes = 0;
    const int done = ::EVP_Digest(
        bytes.data(), bytes.size(), digest.data(), &digest_bytes, ::EVP_sha256(), nullptr
    );
    FLUX_ASSERT(done == 1 && digest_bytes == digest.size());
    std::string text;
    for (std::size_t i = 0; i < kKept; ++i)
        text += fmt::format("{:02x}", digest[i]);
    return text;
}

Error CannotServe(
    ErrorCode code, const std::string& directory, std::string_view why, std::string_view mend
) {
    return Error(
        code, Retry::kNever, fmt::format("cannot serve files from {}: {}; {}", directory, why, mend)
    );
}

/// Whether `path` is a file that really lies below `root`, links followed.
bool LiesBelow(const fs::path& path, const fs::path& root) {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (error || !fs::is_regular_file(real, error)) return false;
    return std::mismatch(root.begin(), root.end(), real.begin(), real.end()).first == root.end();
}

/// Reads every file below `root` by its relative path.
Result<std::map<std::string, SharedBytes>> ReadAll(
    const std::string& directory, const fs::path& root, std::size_t bytes_max
) {
    std::map<std::string, SharedBytes> read;
    std::size_t bytes = 0;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(root, error), end; !error && entry != end;
         entry.increment(error)) {
        if (!LiesBelow(entry->path(), root)) continue;
        std::ifstream file(entry->path(), std::ios::binary);
        const std::string content{std::istreambuf_iterator<char>(file), {}};
        const std::string relative = entry->path().lexically_relative(root).generic_string();
        if (!file) {
            return CannotServe(
                ErrorCode::kPermission,
                directory,
                fmt::format("{} cannot be read", relative),
                "check its owner and mode"
            );
        }
        bytes += content.size();
        if (bytes > bytes_max) {
            return CannotServe(
                ErrorCode::kTooLarge,
                directory,
                fmt::format("its files are larger than {} MiB together", bytes_max / MiB),
                "they are kept in memory, so serve large ones another way"
            );
        }
        read.emplace(relative, SharedBytes(content));
    }
    if (error) {
        return CannotServe(
            ErrorCode::kPermission, directory, error.message(), "check its owner and mode"
        );
    }
    return read;
}

/// Whether the value of If-None-Match names `etag` (weak comparison, RFC 9110 13.1.2).
bool NamesEtag(std::string_view if_none_match, std::string_view etag) {
    bool found = false;
    ForEachListElement(if_none_match, [&](std::string_view element) {
        if (element.starts_with("W/")) element.remove_prefix(2);
        found = element == "*" || element == etag;
        return !found;
    });
    return found;
}

/// Answers from the shared files; holds nothing of its own.
class StaticFilesApp final : public HttpApp {
public:
    explicit StaticFilesApp(std::shared_ptr<const StaticFiles> files)
        : files_(std::move(files)) {}

    std::size_t BodyBytesMax([[maybe_unused]] const HttpRequest& head) const override { return 0; }

    void OnRequest(HttpConnection& connection, const HttpRequest& request) override {
        connection.Respond(files_->Answer(request));
    }

private:
    std::shared_ptr<const StaticFiles> files_;
};

}  // namespace

Result<std::shared_ptr<const StaticFiles>> StaticFiles::Load(
    const std::string& directory, StaticFilesOptions options
) {
    std::error_code error;
    const fs::path root = fs::canonical(directory, error);
    if (error || !fs::is_directory(root, error)) {
        return CannotServe(
            ErrorCode::kNotFound,
            directory,
            "there is no such directory",
            "build the web page first"
        );
    }
    const Result<std::map<std::string, SharedBytes>> read =
        ReadAll(directory, root, options.bytes_max);
    if (!read) return read.error();
    if (!read->contains("index.html")) {
        return CannotServe(
            ErrorCode::kNotFound, directory, "it has no index.html", "build the web page first"
        );
    }
    std::shared_ptr<StaticFiles> files(new StaticFiles);
    files->options_ = std::move(options);
    for (const auto& [path, bytes] : *read) {
        const std::string extension = fs::path(path).extension().string();
        const bool is_form = (extension == ".br" || extension == ".gz") &&
                             read->contains(path.substr(0, path.size() - extension.size()));
        if (is_form) continue;
        File file;
        file.content_type = ContentTypeOf(extension);
        file.is_html = extension == ".html";
        file.cache_control = file.is_html ? kAskEachTime : HasHashedName(path) ? kForever : kAnHour;
        const std::string hash = HashOf(bytes.view());
        constexpr std::pair<std::string_view, std::string_view> kForms[]{
            {".br", "br"}, {".gz", "gzip"}};
        for (const auto& [suffix, encoding] : kForms) {
            const auto form = read->find(path + std::string(suffix));
            if (form == read->end()) continue;
            file.forms.push_back({encoding, fmt::format("\"{}-{}\"", hash, encoding), form->second}
            );
        }
        file.forms.push_back({"", fmt::format("\"{}\"", hash), bytes});
        files->files_.emplace(path, std::move(file));
    }
    return std::shared_ptr<const StaticFiles>(std::move(files));
}

const StaticFiles::File* StaticFiles::Find(std::string_view url_path) const {
    if (!url_path.starts_with(options_.url_prefix)) return nullptr;
    std::string path = PercentDecode(url_path.substr(options_.url_prefix.size()), false);
    if (path.empty() || path.back() == '/') path += "index.html";
    const auto found = files_.find(path);
    return found == files_.end() ? nullptr : &found->second;
}

/// The form the client likes best; among equals the smallest. The plain one when it takes none.
const StaticFiles::Form& StaticFiles::Choose(const File& file, const HttpRequest& request) {
    const std::string_view accepted = request.Header("accept-encoding");
    const Form* best = &file.forms.back();
    int best_quality = EncodingQuality(accepted, "identity");
    // From the plain form, which stands last, to the smallest: a tie goes to the later, smaller
    // one.
    for (auto form = file.forms.rbegin() + 1; form != file.forms.rend(); ++form) {
        const int quality = EncodingQuality(accepted, form->encoding);
        if (quality == 0 || quality < best_quality) continue;
        best = &*form;
        best_quality = quality;
    }
    return *best;
}

HttpResponse StaticFiles::Answer(const HttpRequest& request) const {
    if (request.method != Method::kGet && request.method != Method::kHead) {
        HttpResponse refused =
            HttpResponse::Text(405, "Files are only read here: use GET or HEAD.\n");
        refused.headers.emplace_back("Allow", "GET, HEAD");
        return refused;
    }
    const File* const file = Find(request.path);
    if (file == nullptr) {
        return HttpResponse::Text(404, "There is no file at this address.\n");
    }
    const Form& form = Choose(*file, request);
    HttpResponse response;
    response.content_type = file->content_type;
    response.headers.emplace_back("ETag", form.etag);
    response.headers.emplace_back("Cache-Control", file->cache_control);
    if (file->forms.size() > 1) response.headers.emplace_back("Vary", "Accept-Encoding");
    if (file->is_html) {
        response.headers.emplace_back("Content-Security-Policy", options_.content_security_policy);
        response.headers.emplace_back("Referrer-Policy", "same-origin");
    }
    if (NamesEtag(request.Header("if-none-match"), form.etag)) {
        response.status = 304;
        return response;
    }
    if (!form.encoding.empty()) response.headers.emplace_back("Content-Encoding", form.encoding);
    response.body = form.bytes;
    return response;
}

HttpAppFactory StaticFiles::App(std::shared_ptr<const StaticFiles> files) {
    return [files = std::move(files)]([[maybe_unused]] Shard& shard) -> std::unique_ptr<HttpApp> {
        return std::make_unique<StaticFilesApp>(files);
    };
}

}  // namespace flux::net
