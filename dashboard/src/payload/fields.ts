/*
 * Reading what comes over the wire. Nothing in it is taken for granted: what is missing or of
 * another kind is null or empty, never a guess.
 */

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields | null {
    return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? (value as Fields)
        : null;
}

export function textOf(value: unknown): string {
    return typeof value === 'string' ? value : '';
}

/** Numbers come as text, and now and then as numbers. Blank text is missing, not zero. */
export function numberOf(value: unknown): number | null {
    if (typeof value === 'string' && value.trim() === '') return null;
    if (typeof value !== 'string' && typeof value !== 'number') return null;
    const number = Number(value);
    return Number.isFinite(number) ? number : null;
}

/** The items of a list that `read` can make something of, at most `most` of them. */
export function itemsOf<T>(
    value: unknown,
    read: (fields: Fields) => T | null,
    most: number,
): readonly T[] {
    if (!Array.isArray(value)) return [];
    const items: T[] = [];
    for (const entry of value) {
        if (items.length >= most) break;
        const fields = fieldsOf(entry);
        const item = fields === null ? null : read(fields);
        if (item !== null) items.push(item);
    }
    return items;
}

/** A moment, ms since the epoch, from a number or from ISO 8601 text. */
export function momentOf(value: unknown): number | null {
    if (typeof value === 'string' && /[^\d.]/.test(value)) {
        const parsed = Date.parse(value);
        return Number.isFinite(parsed) ? parsed : null;
    }
    return numberOf(value);
}

/** The server's own words when there is nothing to show. */
export interface Problem {
    /** A name programs can rely on: `source_down`, `limit`, ... */
    readonly code: string;
    readonly message: string;
    /** When it is tried again, ms since the epoch, where known. */
    readonly retryAt: number | null;
}

/** What an answer or a push says: data, or why there are none. null: neither. */
export type Reply<T> =
    | { readonly kind: 'data'; readonly data: T }
    | { readonly kind: 'problem'; readonly problem: Problem };

export function problemOf(envelope: Fields): Problem {
    return {
        code: textOf(envelope['error']),
        message: textOf(envelope['message']),
        retryAt: numberOf(envelope['retryAt']),
    };
}

/** Opens an envelope `{status, ...}`; `read` looks at it when it says success. */
export function readReply<T>(
    payload: unknown,
    read: (envelope: Fields) => T | null,
): Reply<T> | null {
    const envelope = fieldsOf(payload);
    if (envelope === null) return null;
    if (envelope['status'] === 'error') return { kind: 'problem', problem: problemOf(envelope) };
    if (envelope['status'] !== 'success') return null;
    const data = read(envelope);
    return data === null ? null : { kind: 'data', data };
}
