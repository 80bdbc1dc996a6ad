import { EN_DASH } from '../figures/figures.ts';
import type { Coin } from './coins.ts';
import styles from './live-prices.module.css';
import { RANGE_WIDTH } from './row-view.ts';
import { SPARK_HEIGHT, SPARK_WIDTH, tipPath } from './sparkline.ts';

/*
 * The pieces of a row. React makes them once, with dashes; from then on a RowView writes into the
 * nodes named by data-part.
 */

export function Monogram({ coin }: { readonly coin: Coin }) {
    return (
        <span
            className={styles['monogram']}
            style={{ '--hue': coin.hue } as React.CSSProperties}
            aria-hidden
        >
            {coin.symbol.slice(0, 1)}
        </span>
    );
}

export function Price() {
    return (
        <span className={styles['price']} data-part="price">
            {EN_DASH}
        </span>
    );
}

export function Change() {
    return (
        <span className={styles['change']} data-part="change" data-direction="none">
            <svg viewBox="0 0 8 7" aria-hidden>
                <path data-part="arrow" d="" />
            </svg>
            <span data-part="percent" aria-hidden>
                {EN_DASH}
            </span>
            <span className="spoken" data-part="spoken">
                not known
            </span>
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
            <svg
                className={styles['bar']}
                viewBox={`0 0 ${RANGE_WIDTH} 8`}
                data-part="range"
                data-known="false"
                role="img"
                aria-label="24 hour range: not known"
            >
                <rect className={styles['track']} y="2" width={RANGE_WIDTH} height="4" rx="2" />
                <rect className={styles['marker']} data-part="marker" width="3" height="8" rx="1.5" />
            </svg>
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
