import type { Direction } from '../figures/figures.ts';
import { PriceRing } from './price-ring.ts';

export const SPARK_WIDTH = 112;
export const SPARK_HEIGHT = 28;
/** Room above and below the line for its stroke and the dot. */
const MARGIN = 3;
const STEP = SPARK_WIDTH / (PriceRing.CAPACITY - 1);

export interface Sparkline {
    /** The path's `d`; empty with fewer than two points. */
    readonly path: string;
    /** Height of the newest point, which stands at the right edge. */
    readonly lastY: number;
    /** From the oldest point to the newest. */
    readonly direction: Direction;
}

const EMPTY: Sparkline = { path: '', lastY: SPARK_HEIGHT / 2, direction: 'flat' };

/**
 * One step per tick, the newest at the right edge: the line moves left by one step with each tick
 * and is never stretched. Coordinates have one decimal.
 */
export function sparklineOf(ring: PriceRing): Sparkline {
    const count = ring.size;
    if (count < 2) return EMPTY;
    let low = Infinity;
    let high = -Infinity;
    for (let index = 0; index < count; index += 1) {
        low = Math.min(low, ring.at(index));
        high = Math.max(high, ring.at(index));
    }
    const scale = (SPARK_HEIGHT - 2 * MARGIN) / (high - low || 1);
    const firstX = SPARK_WIDTH - (count - 1) * STEP;
    let path = '';
    let y = 0;
    for (let index = 0; index < count; index += 1) {
        y = MARGIN + (high - ring.at(index)) * scale;
        path += `${index === 0 ? 'M' : 'L'}${oneDecimal(firstX + index * STEP)} ${oneDecimal(y)}`;
    }
    const rise = ring.at(count - 1) - ring.at(0);
    const direction = rise > 0 ? 'up' : rise < 0 ? 'down' : 'flat';
    return { path, lastY: oneDecimal(y), direction };
}

/** The dot on the newest point: a line without length, whose round ends stay round at any width. */
export function tipPath(y: number): string {
    return `M${SPARK_WIDTH} ${y}h0`;
}

function oneDecimal(value: number): number {
    return Math.round(value * 10) / 10;
}
