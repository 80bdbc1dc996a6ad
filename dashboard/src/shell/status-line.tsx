import { useEffect, useRef, useState } from 'react';
import type { Phase } from '../connection/connection.ts';
import type { Domains } from '../connection/domains.ts';
import { cardsOf } from './domain-cards.ts';

const QUIET_MS = 10_000;

interface StatusLineProps {
    readonly phase: Phase;
    readonly domains: Domains;
}

/**
 * The one place of the page that a screen reader announces by itself: a lost line and its return,
 * a card that fails and its return; at most one sentence per ten seconds, and then the newest.
 */
export function StatusLine({ phase, domains }: StatusLineProps) {
    const [sentence, setSentence] = useState('');
    const next = useNews(phase, domains);
    const saidAt = useRef(-Infinity);
    useEffect(() => {
        if (next === null) return;
        const wait = Math.max(0, saidAt.current + QUIET_MS - performance.now());
        const timer = setTimeout(() => {
            saidAt.current = performance.now();
            setSentence(next);
        }, wait);
        return () => clearTimeout(timer);
    }, [next]);
    return (
        <p className="spoken" role="status">
            {sentence}
        </p>
    );
}

/** The newest thing worth saying; null before the first. */
function useNews(phase: Phase, domains: Domains): string | null {
    const said = useRef<string | null>(null);
    const lost = useRef(false);
    const troubled = useRef<ReadonlySet<string>>(new Set());
    const now = new Set(
        [...domains].filter(([, { problem }]) => problem !== null).map(([name]) => name),
    );
    const fallen = [...now].filter((domain) => !troubled.current.has(domain));
    const healed = [...troubled.current].filter((domain) => !now.has(domain));
    troubled.current = now;
    if (healed.length > 0) said.current = `${namesOf(healed)}: live again.`;
    if (fallen.length > 0)
        said.current = `${namesOf(fallen)}: not available. The last values stay.`;
    const ofLine = sentenceFor(phase, lost.current);
    if (ofLine !== null && lost.current !== (phase !== 'live')) said.current = ofLine;
    else if (ofLine !== null && phase !== 'live') said.current = ofLine;
    if (ofLine !== null) lost.current = phase !== 'live';
    return said.current;
}

function namesOf(domains: readonly string[]): string {
    return domains.flatMap(cardsOf).join(', ');
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
