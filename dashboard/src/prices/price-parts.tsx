import { Star } from 'lucide-react';
import { EN_DASH } from '../figures/figures.ts';
import { RangeBar } from '../figures/range-bar.tsx';
import styles from './live-prices.module.css';
import { SPARK_HEIGHT, SPARK_WIDTH, tipPath } from './sparkline.ts';

/*
 * The pieces of a row. React makes them once, with dashes; from then on a RowView writes into the
 * nodes named by data-part.
 */

export function Price() {
    return (
        <span className={styles['price']} data-part="price">
            {EN_DASH}
        </span>
    );
}

export function Spark() {
    const middle = SPARK_HEIGHT / 2;
    return (
        <svg
            className={styles['spark']}
            viewBox={`0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`}
            preserveAspectRatio="none"
            data-part="spark"
            data-direction="none"
            aria-hidden
        >
            <path
                className={styles['lead']}
                data-part="lead"
                d={`M0 ${middle}H${SPARK_WIDTH}`}
                vectorEffect="non-scaling-stroke"
            />
            <path data-part="line" d="" vectorEffect="non-scaling-stroke" />
            <path
                className={styles['tip']}
                data-part="tip"
                d={tipPath(middle)}
                vectorEffect="non-scaling-stroke"
            />
        </svg>
    );
}

export function Range() {
    return (
        <div className={styles['range']}>
            <span data-part="low">{EN_DASH}</span>
            <RangeBar label="24 hour range" value={null} low={null} high={null} />
            <span data-part="high">{EN_DASH}</span>
        </div>
    );
}

export function Volume() {
    return (
        <span className={styles['volume']} data-part="volume">
            {EN_DASH}
        </span>
    );
}

interface PinProps {
    readonly name: string;
    readonly pinned: boolean;
    readonly onPress: () => void;
    /** With the word beside the star. */
    readonly worded?: boolean;
}

export function Pin({ name, pinned, onPress, worded = false }: PinProps) {
    return (
        <button
            className={worded ? styles['wordedPin'] : styles['pin']}
            aria-pressed={pinned}
            aria-label={`Pin ${name}`}
            onClick={onPress}
        >
            <Star size={16} strokeWidth={1.75} aria-hidden />
            {worded && (pinned ? 'Pinned' : 'Pin')}
        </button>
    );
}

/** Beneath an opened row. Written by a RowView like the row itself. */
export function TickFacts({ id }: { readonly id: string }) {
    const fact = (name: string, part: string, size?: string) => (
        <div>
            <dt>{name}</dt>
            <dd>
                <span data-part={part}>{EN_DASH}</span>
                {size !== undefined && <small data-part={size}>{EN_DASH}</small>}
            </dd>
        </div>
    );
    return (
        <dl id={id} className={styles['facts']}>
            {fact('Best bid', 'bid', 'bid-size')}
            {fact('Best ask', 'ask', 'ask-size')}
            {fact('24 h low and high', 'day')}
            {fact('Volume 24 h', 'base-volume')}
        </dl>
    );
}
