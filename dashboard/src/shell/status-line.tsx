import { useEffect, useRef, useState } from 'react';
import type { Phase } from '../connection/connection.ts';

const QUIET_MS = 10_000;

/**
 * The one place of the page that a screen reader announces by itself: a lost line and its return,
 * at most one sentence per ten seconds, and then the newest.
 */
export function StatusLine({ phase }: { readonly phase: Phase }) {
    const [sentence, setSentence] = useState('');
    const saidAt = useRef(-Infinity);
    const wasLost = useRef(false);
    useEffect(() => {
        const next = sentenceFor(phase, wasLost.current);
        if (next === null) return;
        wasLost.current = phase !== 'live';
        const wait = Math.max(0, saidAt.current + QUIET_MS - performance.now());
        const timer = setTimeout(() => {
            saidAt.current = performance.now();
            setSentence(next);
        }, wait);
        return () => clearTimeout(timer);
    }, [phase]);
    return (
        <p className="spoken" role="status">
            {sentence}
        </p>
    );
}

function sentenceFor(phase: Phase, wasLost: boolean): string | null {
    switch (phase) {
        case 'reconnecting':
            return 'Connection lost. Showing the last values.';
        case 'offline':
            return 'You are offline. Showing the last values.';
        case 'unreachable':
            return 'We cannot reach Flux. This page keeps trying.';
        case 'live':
            return wasLost ? 'Live again.' : null;
        case 'connecting':
            return null;
    }
}
