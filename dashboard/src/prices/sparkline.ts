import type { Direction } from '../figures/figures.ts';
import type { PriceRing } from './price-ring.ts';

export const SPARK_WIDTH = 112;
export const SPARK_HEIGHT = 28;
/** Room above and below the line for its stroke and the dot. */
const MARGIN = 3;
/** Few points keep to the right: two of them across the whole width would look like a landslide. */
const POINTS_ACROSS_MIN = 20;

export interface Sparkline {
    /** The path's `d`; empty with fewer than two points. */
    readonly path: string;
    /** `d` of the straight line where no points are yet; empty once they reach the left edge. */
    readonly lead: string;
    /** Height of the newest point, which stands at the right edge. */
    readonly lastY: number;
    /** From the oldest point to the newest. */
    readonly direction: Direction;
}

const EMPTY: Sparkline = {
    path: '',
    lead: `M0 ${SPARK_HEIGHT / 2}H${SPARK_WIDTH}`,
    lastY: SPARK_HEIGHT / 2,
    direction: 'flat',
};

/** The newest point stands at the right edge. Coordinates have one decimal. */
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
    const step = SPARK_WIDTH / (Math.max(count, POINTS_ACROSS_MIN) - 1);
    const firstX = SPARK_WIDTH - (count - 1) * step;
    const yAt = (index: number) => oneDecimal(MARGIN + (high - ring.at(index)) * scale);
    let path = `M${oneDecimal(firstX)} ${yAt(0)}`;
    for (let index = 1; index < count; index += 1) {
        path += `L${oneDecimal(firstX + index * step)} ${yAt(index)}`;
    }
    const lead = count < POINTS_ACROSS_MIN ? `M0 ${yAt(0)}H${oneDecimal(firstX)}` : '';
    const rise = ring.at(count - 1) - ring.at(0);
    const direction = rise > 0 ? 'up' : rise < 0 ? 'down' : 'flat';
    return { path, lead, lastY: yAt(count - 1), direction };
}

/** The dot on the newest point: a line without length, whose round ends stay round at any width. */
export function tipPath(y: number): string {
    return `M${SPARK_WIDTH} ${y}h0`;
}

function oneDecimal(value: number): number {
    return Math.round(value * 10) / 10;
}
