import { expect, test, vi } from 'vitest';
import { createStore } from './store.ts';

test('tells listeners of a change, and only of a change', () => {
    const store = createStore(1);
    const listener = vi.fn();
    store.subscribe(listener);
    store.set(1);
    expect(listener).not.toHaveBeenCalled();
    store.set(2);
    expect(listener).toHaveBeenCalledTimes(1);
    expect(store.get()).toBe(2);
});

test('a listener that has left hears nothing, even when it leaves while others are being told', () => {
    const store = createStore(0);
    const second = vi.fn();
    const leave = store.subscribe(() => leave());
    store.subscribe(second);
    store.set(1);
    store.set(2);
    expect(second).toHaveBeenCalledTimes(2);
});
