import { useSyncExternalStore } from 'react';

/** One value that React and plain code can both read and follow. */
export interface Store<T> {
    get(): T;
    /** Calls `listener` after each change until the returned function is called. */
    subscribe(listener: () => void): () => void;
}

export interface WritableStore<T> extends Store<T> {
    /** Replaces the value; listeners hear of it only if it is another one. */
    set(next: T): void;
}

export function createStore<T>(initial: T): WritableStore<T> {
    let value = initial;
    const listeners = new Set<() => void>();
    return {
        get: () => value,
        set(next) {
            if (Object.is(next, value)) return;
            value = next;
            for (const listener of [...listeners]) listener();
        },
        subscribe(listener) {
            listeners.add(listener);
            return () => void listeners.delete(listener);
        },
    };
}

export function useStore<T>(store: Store<T>): T {
    return useSyncExternalStore(store.subscribe, store.get);
}
