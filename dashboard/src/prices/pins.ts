import { createKept, type Kept } from '../store/local.ts';

const PINS_MAX = 100;

/** The coins a visitor wants to see first, by product; kept in this browser. */
export function createPins(): Kept<ReadonlySet<string>> {
    return createKept<ReadonlySet<string>>('flux.pins', readPins, (pins) =>
        JSON.stringify([...pins]),
    );
}

export function readPins(text: string | null): ReadonlySet<string> {
    try {
        const kept: unknown = JSON.parse(text ?? '[]');
        if (!Array.isArray(kept)) return new Set();
        return new Set(kept.filter((pin) => typeof pin === 'string').slice(0, PINS_MAX));
    } catch {
        return new Set();
    }
}

export function togglePin(pins: ReadonlySet<string>, product: string): ReadonlySet<string> {
    const next = new Set(pins);
    if (!next.delete(product) && next.size < PINS_MAX) next.add(product);
    return next;
}
