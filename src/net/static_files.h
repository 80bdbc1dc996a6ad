// Serves the files of a directory.
#pragma once

#include "base/result.h"
#include "limits/limits.h"
#include "net/server.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flux::net {

struct StaticFilesOptions {
    std::string url_prefix = "/";  ///< the mount's prefix: what the paths of the files stand behind
    std::size_t bytes_max =
        limits::kStaticFilesBytesMax;  ///< of all files together; they are kept in memory
    /// Sent with HTML: nothing from elsewhere, nothing inline, and nobody may frame the page.
    /// Styles that a script sets on an element are not inline; a style attribute in HTML would be.
    std::string content_security_policy =
        "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'none'";
};

/// The files of one directory, read once: what is not in here when it is loaded is not served, so
/// no request can name a path outside. Immutable; shared by all shards. Thread: any.
class StaticFiles {
public:
    /// Reads every regular file below `directory`. `x.br` and `x.gz` beside `x` are its compressed
    /// forms, chosen by Accept-Encoding. Links that lead out of the directory are left out.
    /// Errors: kNotFound when it is no directory or has no index.html; kTooLarge; kPermission when
    /// a file cannot be read. Blocks on the disk: not for a shard.
    static Result<std::shared_ptr<const StaticFiles>> Load(
        const std::string& directory, StaticFilesOptions options = {}
    );

    /// Answers any request: 200, 304, 404 or 405.
    HttpResponse Answer(const HttpRequest& request) const;

    std::size_t size() const { return files_.size(); }  ///< files, compressed forms not counted

    /// A mount's factory: every shard's instance answers from the same files.
    static HttpAppFactory App(std::shared_ptr<const StaticFiles> files);

private:
    struct Form {
        std::string_view encoding;  // "" as it is, "br", "gzip"
        std::string etag;           // quoted
        SharedBytes bytes;
    };
    struct File {
        std::string_view content_type;
        std::string_view cache_control;
        bool is_html = false;
        std::vector<Form> forms;  // smallest first; the plain one last
    };

    StaticFiles() = default;
    const File* Find(std::string_view url_path) const;
    static const Form& Choose(const File& file, const HttpRequest& request);

    StaticFilesOptions options_;
    std::map<std::string, File, std::less<>> files_;  // by path below the directory: "assets/x.js"
};

}  // namespace flux::net
