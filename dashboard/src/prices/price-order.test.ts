import { expect, test } from 'vitest';
import {
    DEFAULT_SORT,
    pressedSort,
    sortProducts,
    type Sort,
    type Sortable,
} from './price-order.ts';

const COINS: Record<string, Sortable> = {
    'BTC-USD': { name: 'Bitcoin', price: 70_000, change: -1, volume: 500, cap: 120 },
    'ETH-USD': { name: 'Ethereum', price: 3_500, change: 2, volume: 900, cap: 36 },
    'ADA-USD': { name: 'Cardano', price: 0.5, change: null, volume: 10, cap: null },
    'ZZZ-USD': { name: 'Aardvark', price: null, change: 5, volume: null, cap: null },
};
const products = Object.keys(COINS);
function sorted(sort: Partial<Sort>, pins: readonly string[] = []): string[] {
    const lookUp = (product: string) => COINS[product] as Sortable;
    const order = sortProducts(products, { ...DEFAULT_SORT, ...sort }, new Set(pins), lookUp);
    return order.map((product) => product.slice(0, 3));
}

test("by market value, the largest first; what has none comes last in the page's own order", () => {
    expect(sorted({})).toEqual(['BTC', 'ETH', 'ADA', 'ZZZ']);
});

test.each([
    [{ column: 'price' }, ['BTC', 'ETH', 'ADA', 'ZZZ']],
    [{ column: 'price', descending: false }, ['ADA', 'ETH', 'BTC', 'ZZZ']],
    [{ column: 'change' }, ['ZZZ', 'ETH', 'BTC', 'ADA']],
    [{ column: 'volume' }, ['ETH', 'BTC', 'ADA', 'ZZZ']],
    [{ column: 'coin', descending: false }, ['ZZZ', 'BTC', 'ADA', 'ETH']],
] as const)('%j: %j', (sort, order) => expect(sorted(sort)).toEqual(order));

test('pinned coins come first, sorted among themselves', () => {
    expect(sorted({}, ['ZZZ-USD', 'ETH-USD'])).toEqual(['ETH', 'ZZZ', 'BTC', 'ADA']);
});

test('a press turns the order round; another column starts with the larger figures, or with A', () => {
    expect(pressedSort(DEFAULT_SORT, 'cap').descending).toBe(false);
    expect(pressedSort(DEFAULT_SORT, 'price')).toEqual({ column: 'price', descending: true });
    expect(pressedSort(DEFAULT_SORT, 'coin')).toEqual({ column: 'coin', descending: false });
});
