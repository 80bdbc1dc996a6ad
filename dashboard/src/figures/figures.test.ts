import { describe, expect, test } from 'vitest';
import { createFigures, directionOf, EN_DASH } from './figures.ts';

const en = createFigures('en-US');
const de = createFigures('de-DE');

describe('price', () => {
    test.each([
        [96412.58, '$96,412.58'],
        [10, '$10.00'],
        [9.99996, '$10.00'],
        [9.9, '$9.9000'],
        [2.4163, '$2.4163'],
        [0.01, '$0.0100'],
        [0.00999, '$0.009990'],
        [0.0000124, '$0.000012'],
        [0, '$0.0000'],
        [-3.5, '−$3.5000'],
    ])('%d is %s', (value, shown) => expect(en.price(value, 'USD')).toBe(shown));

    test('follows the separators of the locale, not its digits', () => {
        expect(de.price(96412.58, 'USD').replace(/\s/g, ' ')).toBe('96.412,58 $');
    });

    test('a quote that is no currency code is left out', () => {
        expect(en.price(70000.5, 'USDT')).toBe('70,000.50');
        expect(en.price(70000.5, '')).toBe('70,000.50');
    });

    test.each([null, NaN, Infinity, -Infinity])('%s is an en dash', (value) => {
        expect(en.price(value, 'USD')).toBe(EN_DASH);
        expect(en.percent(value)).toBe(EN_DASH);
        expect(en.rangeEnd(value)).toBe(EN_DASH);
        expect(en.compactMoney(value, 'USD')).toBe(EN_DASH);
        expect(en.spokenPercent(value)).toBe('not known');
        expect(directionOf(value)).toBe('flat');
    });
});

test.each([
    [94120.4, '94,120'],
    [999.7, '1,000'],
    [694.1, '694.10'],
    [2.3871, '2.3871'],
    [0.0012345, '0.001235'],
])('range end %d is %s', (value, shown) => expect(en.rangeEnd(value)).toBe(shown));

test.each([
    [1.84, '+1.84%', 'up', 'up 1.84 percent'],
    [-0.72, '−0.72%', 'down', 'down 0.72 percent'],
    [0, '0.00%', 'flat', 'unchanged'],
    [-0.004, '0.00%', 'flat', 'unchanged'],
    [0.005, '+0.01%', 'up', 'up 0.01 percent'],
    [1234.5, '+1,234.50%', 'up', 'up 1,234.50 percent'],
])('change %d is %s', (value, shown, direction, words) => {
    expect(en.percent(value)).toBe(shown);
    expect(directionOf(value)).toBe(direction);
    expect(en.spokenPercent(value)).toBe(words);
});

test.each([
    [43_000_000, '$43.0M'],
    [3_124_000_000, '$3.12B'],
    [783_400_000, '$783M'],
    [999_950, '$1.00M'],
    [999_400, '$999K'],
    [999.6, '$1.00K'],
    [12.5, '$12.5'],
    [0, '$0.00'],
    [5e15, '$5,000T'],
])('compact %d is %s', (value, shown) => expect(en.compactMoney(value, 'USD')).toBe(shown));

test('the unit stands behind the digits where the currency sign comes last', () => {
    expect(de.compactMoney(43_000_000, 'USD').replace(/\s/g, ' ')).toBe('43,0M $');
});

test.each([
    [0, 'now'],
    [4_999, 'now'],
    [40_000, '40 s ago'],
    [12 * 60_000, '12 min ago'],
    [3 * 3_600_000, '3 h ago'],
])('%d ms ago reads %s', (ms, shown) => {
    const now = Date.UTC(2026, 2, 20, 12);
    expect(en.age(now - ms, now)).toBe(shown);
});

test('older than a day is the day', () => {
    const now = new Date(2026, 2, 22, 12).getTime();
    expect(en.age(new Date(2026, 2, 20, 12).getTime(), now)).toBe('Mar 20');
});

test('time of day counts to 23, midnight is 00', () => {
    expect(en.timeOfDay(new Date(2026, 2, 20, 0, 5, 9).getTime())).toBe('00:05:09');
    expect(en.timeOfDay(new Date(2026, 2, 20, 14, 32, 8).getTime())).toBe('14:32:08');
});

describe('market value in rupees', () => {
    const india = createFigures('en-IN');

    test('Hindi is of India wherever it is spoken', () => {
        expect(createFigures('hi').compactRupees(1_230_000)).toBe('₹12.3 L');
    });

    test.each([
        [161_000_000_000_000, '₹161 L Cr', '₹161T'],
        [8_610_000_000_000, '₹8.61 L Cr', '₹8.61T'],
        [750_000_000_000, '₹75,000 Cr', '₹750B'],
        [1_230_000, '₹12.3 L', '₹1.23M'],
        [950, '₹950', '₹950'],
    ])('%d is %s in India and %s elsewhere', (value, there, elsewhere) => {
        expect(india.compactRupees(value)).toBe(there);
        expect(en.compactRupees(value)).toBe(elsewhere);
    });
});

test.each([
    [en.shares(1187.4), '1,187.40'],
    [en.signedShares(-1.86), '−1.86'],
    [en.signedShares(4.75), '+4.75'],
    [en.whole(1009.4), '1,009'],
    [en.whole(-0.4), '0'],
    [en.quantity(0.1410022), '0.1410'],
    [en.quantity(8123.44), '8,123'],
    [en.quantity(12.345), '12.35'],
    [en.plainPrice(96412.57), '96,412.57'],
    [en.shares(null), EN_DASH],
    [en.quantity(NaN), EN_DASH],
    [en.compactRupees(null), EN_DASH],
])('%s', (shown, expected) => expect(shown).toBe(expected));
