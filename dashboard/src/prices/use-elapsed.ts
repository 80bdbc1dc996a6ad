import { useEffect, useState } from 'react';

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
