import { useEffect, useState } from 'react';

/** The time, ms since the epoch, read again every `periodMs`. */
export function useNow(periodMs: number): number {
    const [now, setNow] = useState(Date.now);
    useEffect(() => {
        const timer = setInterval(() => setNow(Date.now()), periodMs);
        return () => clearInterval(timer);
    }, [periodMs]);
    return now;
}
