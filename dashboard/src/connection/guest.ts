const KEY = 'flux_guest_id';

/** The visitor's pseudonym: made once, kept in this browser. Without storage it lives as long as the page. */
export function guestId(storage: Storage | undefined = globalThis.localStorage): string {
    try {
        const kept = storage?.getItem(KEY)?.trim();
        if (kept !== undefined && kept.length >= 1 && kept.length <= 128) return kept;
        const made = randomId();
        storage?.setItem(KEY, made);
        return made;
    } catch {
        return randomId();
    }
}

/** A UUIDv4. `crypto.randomUUID` exists only on https and localhost, and Flux may be served elsewhere. */
function randomId(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
