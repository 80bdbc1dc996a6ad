import { expect, test } from 'vitest';
import { PriceRing } from './price-ring.ts';
import { SPARK_HEIGHT, SPARK_WIDTH, sparklineOf } from './sparkline.ts';

function ringOf(...prices: number[]): PriceRing {
    const ring = new PriceRing();
    for (const price of prices) ring.push(price);
    return ring;
}

test('keeps the last 60, oldest first', () => {
    const ring = ringOf(...Array.from({ length: 75 }, (_, index) => index));
    expect(ring.size).toBe(60);
    expect(ring.at(0)).toBe(15);
    expect(ring.at(59)).toBe(74);
});

test('an unchanged price is no new point', () => {
    expect(ringOf(5, 5, 6, 6, 5).size).toBe(3);
});

test('fewer than two points are no line', () => {
    expect(sparklineOf(ringOf()).path).toBe('');
    expect(sparklineOf(ringOf(1)).path).toBe('');
});

test('the newest point stands at the right edge, one step per tick', () => {
    const line = sparklineOf(ringOf(1, 3, 2));
    expect(line.path).toBe('M108.2 25L110.1 3L112 14');
    expect(line.lastY).toBe(14);
    expect(line.direction).toBe('up');
});

test('a full ring fills the width and stays inside the box', () => {
    const line = sparklineOf(ringOf(...Array.from({ length: 60 }, (_, i) => Math.sin(i) * 1e-9 + 5)));
    const numbers = line.path.match(/[\d.]+ [\d.]+/g)?.map((pair) => pair.split(' ').map(Number)) ?? [];
    expect(numbers).toHaveLength(60);
    expect(numbers[0]?.[0]).toBe(0);
    expect(numbers[59]?.[0]).toBe(SPARK_WIDTH);
    for (const [, y = NaN] of numbers) {
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(SPARK_HEIGHT);
    }
});

test('the direction is from first to last', () => {
    expect(sparklineOf(ringOf(3, 9, 2)).direction).toBe('down');
    expect(sparklineOf(ringOf(3, 9, 3)).direction).toBe('flat');
});
