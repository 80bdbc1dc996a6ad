import { useRef } from 'react';

/**
 * `ids` in their new order, unless `hold`: then as they stood, without those that are gone, and
 * with new ones behind. Nothing jumps away from under an open row or a pointer.
 */
export function settledOrder(
    ids: readonly string[],
    before: readonly string[],
    hold: boolean,
): readonly string[] {
    if (!hold) return ids;
    const wanted = new Set(ids);
    const kept = before.filter((id) => wanted.has(id));
    const known = new Set(kept);
    return [...kept, ...ids.filter((id) => !known.has(id))];
}

export function useSettledOrder(ids: readonly string[], hold: boolean): readonly string[] {
    const shown = useRef<readonly string[]>(ids);
    shown.current = settledOrder(ids, shown.current, hold);
    return shown.current;
}
