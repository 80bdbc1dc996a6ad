const FIRST_MS = 1_000;
const LONGEST_MS = 5_000;

/**
 * How long to wait after `failures` failed attempts in a row: 1 s, doubling to 5 s, each +-50 %, so
 * that the many clients of a restarted server do not come back in one moment. `chance` is in [0, 1).
 */
export function retryDelayMs(failures: number, chance: number): number {
    const base = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
    return Math.round(base * (0.5 + chance));
}
