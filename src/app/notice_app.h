// One line of text where a page would be.
#pragma once

#include "net/http.h"

#include <string>

namespace flux::app {

/// Answers GET / with a sentence and everything else with 404. Thread: its shard's.
class NoticeApp final : public net::HttpApp {
public:
    std::size_t BodyBytesMax(const net::HttpRequest&) const override { return 0; }

    void OnRequest(net::HttpConnection& connection, const net::HttpRequest& request) override {
        if (request.path != "/") {
            return connection.Respond(net::HttpResponse::Text(404, "There is nothing here.\n"));
        }
        connection.Respond(net::HttpResponse::Text(
            200,
            "Flux is running. The page is not part of this process: build it (./dev up does) and "
            "name its directory in the setting http.static_dir. Socket.IO is at /socket.io/.\n"
        ));
    }
};

}  // namespace flux::app
