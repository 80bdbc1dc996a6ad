import { expect, test } from 'vitest';
import { hueOf } from '../figures/monogram.tsx';
import { coinOf, compareProducts } from './coins.ts';

test('a known coin has its name, an unknown one goes by its symbol', () => {
    expect(coinOf('BTC-USD')).toMatchObject({ symbol: 'BTC', name: 'Bitcoin', quote: 'USD' });
    expect(coinOf('XYZ-EUR')).toMatchObject({ symbol: 'XYZ', name: 'XYZ', quote: 'EUR' });
    expect(coinOf('ODD')).toMatchObject({ symbol: 'ODD', name: 'ODD', quote: '' });
});

test('the colour of a symbol is one of 24, whatever the symbol', () => {
    expect(hueOf('BTC')).toBe(hueOf('BTC'));
    for (const symbol of ['BTC', '', '💥', 'A'.repeat(40)]) {
        expect(hueOf(symbol)).toBeGreaterThanOrEqual(0);
        expect(hueOf(symbol)).toBeLessThan(360);
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
