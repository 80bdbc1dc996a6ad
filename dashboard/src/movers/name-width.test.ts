import { expect, test } from 'vitest';
import { nameWidth } from './name-width.ts';

test('broad letters take more room than narrow ones', () => {
    expect(nameWidth('Cosmos Hub')).toBeGreaterThan(nameWidth('Worldcoin') + 1);
    expect(nameWidth('mmmm')).toBeGreaterThan(2 * nameWidth('llll'));
    expect(nameWidth('比特币')).toBeGreaterThan(nameWidth('BTC'));
    expect(nameWidth('')).toBe(0);
});
