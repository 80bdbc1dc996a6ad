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

test.each([[[]], [[1]]])('the points %j are no line yet: a straight one stands in', (prices) => {
    expect(sparklineOf(ringOf(...prices))).toMatchObject({ path: '', lead: 'M0 14H112' });
});

test('few points keep to the right, the newest at the edge; a straight line leads up to them', () => {
    const line = sparklineOf(ringOf(1, 3, 2));
    expect(line.path).toBe('M100.2 25L106.1 3L112 14');
    expect(line.lead).toBe('M0 25H100.2');
    expect(line.lastY).toBe(14);
    expect(line.direction).toBe('up');
});

test.each([20, 60])('%d points fill the width and stay inside the box', (count) => {
    const prices = Array.from({ length: count }, (_, index) => Math.sin(index) * 1e-9 + 5);
    const line = sparklineOf(ringOf(...prices));
    expect(line.lead).toBe('');
    const numbers =
        line.path.match(/[\d.]+ [\d.]+/g)?.map((pair) => pair.split(' ').map(Number)) ?? [];
    expect(numbers).toHaveLength(count);
    expect(numbers[0]?.[0]).toBe(0);
    expect(numbers[count - 1]?.[0]).toBe(SPARK_WIDTH);
    for (const [, y = NaN] of numbers) {
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(SPARK_HEIGHT);
    }
});

test('the direction is from first to last', () => {
    expect(sparklineOf(ringOf(3, 9, 2)).direction).toBe('down');
    expect(sparklineOf(ringOf(3, 9, 3)).direction).toBe('flat');
});
