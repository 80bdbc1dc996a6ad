import { useEffect, useState } from 'react';
import { createStore, useStore, type Store } from '../store/store.ts';

/** The time, ms since the epoch, read again every `periodMs` by one timer while somebody looks. */
export function createClock(periodMs: number): Store<number> {
    const store = createStore(Date.now());
    let watchers = 0;
    let timer: ReturnType<typeof setInterval> | undefined;
    return {
        // With nobody watching the kept value grows old, and a reader needs one that stands still.
        get: () => store.get(),
        subscribe(listener) {
            if (watchers === 0) {
                timer = setInterval(() => store.set(Date.now()), periodMs);
                store.set(Date.now());
            }
            watchers += 1;
            const stop = store.subscribe(listener);
            return () => {
                stop();
                watchers -= 1;
                if (watchers === 0) clearInterval(timer);
            };
        },
    };
}

const AGES_MS = 10_000;
const pageClock = createClock(AGES_MS);

/** The time by which ages are written; one timer for the whole page. */
export function usePageTime(): number {
    return useStore(pageClock);
}

/** The time, ms since the epoch, read again every `periodMs`: for countdowns. */
export function useNow(periodMs: number): number {
    const [now, setNow] = useState(Date.now);
    useEffect(() => {
        const timer = setInterval(() => setNow(Date.now()), periodMs);
        return () => clearInterval(timer);
    }, [periodMs]);
    return now;
}

/** Whether `afterMs` have passed since `since` (ms since the epoch; null: has not begun). */
export function useElapsed(since: number | null, afterMs: number): boolean {
    const [elapsedFor, setElapsedFor] = useState<number | null>(null);
    useEffect(() => {
        if (since === null) return;
        const left = Math.max(0, since + afterMs - Date.now());
        const timer = setTimeout(() => setElapsedFor(since), left);
        return () => clearTimeout(timer);
    }, [since, afterMs]);
    return since !== null && elapsedFor === since;
}
