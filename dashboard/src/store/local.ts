import { createStore, type Store } from './store.ts';

/** A value kept in this browser, and followed when another tab changes it. */
export interface Kept<T> extends Store<T> {
    set(next: T): void;
}

/** Without storage, as in some private windows, the value lives as long as the page. */
export function createKept<T>(
    key: string,
    read: (text: string | null) => T,
    write: (value: T) => string,
): Kept<T> {
    const store = createStore(read(readStorage(key)));
    globalThis.addEventListener?.('storage', (event: StorageEvent) => {
        if (event.key === key) store.set(read(event.newValue));
    });
    return {
        get: store.get,
        subscribe: store.subscribe,
        set(next) {
            store.set(next);
            try {
                localStorage.setItem(key, write(next));
            } catch {
                // As said above.
            }
        },
    };
}

function readStorage(key: string): string | null {
    try {
        return localStorage.getItem(key);
    } catch {
        return null;
    }
}
