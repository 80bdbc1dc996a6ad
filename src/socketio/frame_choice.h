// One message for any number of sessions of a shard: in the clear or compressed, as each takes it.
#pragma once

#include "socketio/engine_shard.h"
#include "socketio/frame_ref.h"
#include "socketio/session.h"

namespace flux::socketio {

/// Compresses when the first session that takes it compressed is asked for, and so at most once in
/// the process (see SharedFrame::Deflated); what was compressed for others before is used. Thread:
/// its shard's.
class FrameChoice {
public:
    /// `receivers`: how many sessions it is for.
    FrameChoice(EngineShard& engine, const SharedFrame& frame, std::size_t receivers)
        : engine_(engine),
          frame_(frame),
          plain_(engine.frames().Share(frame)),
          makes_(engine.IsWorthDeflating(receivers)),
          may_deflate_(engine.MayDeflate(frame.size())) {}

    const FrameRef& For(const Session& session) {
        if (!may_deflate_ || !session.TakesDeflated(plain_.size())) return plain_;
        if (deflated_.empty()) Deflate();
        return deflated_.empty() ? plain_ : deflated_;
    }

private:
    void Deflate() {
        const SharedFrame deflated = makes_ ? engine_.Deflated(frame_) : frame_.DeflatedIfMade();
        may_deflate_ = !deflated.empty();
        if (may_deflate_) deflated_ = engine_.frames().Share(deflated);
    }

    EngineShard& engine_;
    const SharedFrame& frame_;
    const FrameRef plain_;
    FrameRef deflated_;
    const bool makes_;  // else the compressed form is used only where there is one
    bool may_deflate_;
};

}  // namespace flux::socketio
