#include "net/listener.h"

#include <algorithm>

namespace flux::net {

std::shared_ptr<const TlsContext> Listener::certificate() const {
    const std::scoped_lock lock(certificate_mutex_);
    return certificate_;
}

void Listener::SetCertificate(std::shared_ptr<const TlsContext> certificate) {
    const std::scoped_lock lock(certificate_mutex_);
    certificate_ = std::move(certificate);
}

Site::Site(Listener& listener, const std::vector<Mount>& mounts, Shard& shard)
    : listener_(listener) {
    for (const Mount& mount : mounts)
        mounted_.push_back({mount.path_prefix, mount.make(shard)});
    std::stable_sort(mounted_.begin(), mounted_.end(), [](const Mounted& a, const Mounted& b) {
        return a.prefix.size() > b.prefix.size();
    });
}

HttpApp* Site::Find(std::string_view path) const {
    for (const Mounted& mounted : mounted_) {
        const std::string& prefix = mounted.prefix;
        if (!path.starts_with(prefix)) continue;
        const bool ends_segment = prefix.empty() || prefix.back() == '/' ||
                                  path.size() == prefix.size() || path[prefix.size()] == '/';
        if (ends_segment) return mounted.app.get();
    }
    return nullptr;
}

}  // namespace flux::net
