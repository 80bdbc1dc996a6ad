import { expect, test } from 'vitest';
import { coinOf, compareProducts } from './coins.ts';

test('a known coin has its name, an unknown one goes by its symbol', () => {
    expect(coinOf('BTC-USD')).toMatchObject({ symbol: 'BTC', name: 'Bitcoin', quote: 'USD' });
    expect(coinOf('XYZ-EUR')).toMatchObject({ symbol: 'XYZ', name: 'XYZ', quote: 'EUR' });
    expect(coinOf('ODD')).toMatchObject({ symbol: 'ODD', name: 'ODD', quote: '' });
});

test('the hue belongs to the symbol, whatever it is quoted in', () => {
    expect(coinOf('BTC-EUR').hue).toBe(coinOf('BTC-USD').hue);
    for (const product of ['BTC-USD', '', '💥-USD', 'A'.repeat(40)]) {
        expect(coinOf(product).hue).toBeGreaterThanOrEqual(0);
        expect(coinOf(product).hue).toBeLessThan(360);
    }
});

test('known coins come first in their order, then the others by symbol', () => {
    const shuffled = ['ZZZ-USD', 'ETH-USD', 'AAA-USD', 'LTC-USD', 'BTC-USD', 'BTC-EUR'];
    expect(shuffled.sort(compareProducts)).toEqual([
        'BTC-EUR',
        'BTC-USD',
        'ETH-USD',
        'LTC-USD',
        'AAA-USD',
        'ZZZ-USD',
    ]);
});
