import { expect, test } from 'vitest';
import { settledOrder } from './settled-order.ts';

test('follows the new order unless it is held', () => {
    expect(settledOrder(['b', 'a'], ['a', 'b'], false)).toEqual(['b', 'a']);
    expect(settledOrder(['b', 'a'], ['a', 'b'], true)).toEqual(['a', 'b']);
});

test('held, what is gone goes, and what is new stands behind', () => {
    expect(settledOrder(['c', 'b', 'd'], ['a', 'b', 'c'], true)).toEqual(['b', 'c', 'd']);
});
