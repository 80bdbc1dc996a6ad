import styles from './figures.module.css';

export const RANGE_WIDTH = 60;
const MARKER_WIDTH = 3;

export interface RangePlace {
    /** `x` of the marker within RANGE_WIDTH. */
    readonly x: number;
    readonly known: boolean;
    /** For a screen reader. */
    readonly words: string;
}

/** Where `value` stands between `low` and `high`, kept between 3 and 97 percent. */
export function rangePlace(
    value: number | null,
    low: number | null,
    high: number | null,
): RangePlace {
    const known = value !== null && low !== null && high !== null && high > low;
    const share = known ? Math.min(0.97, Math.max(0.03, (value - low) / (high - low))) : 0;
    const x = Math.round((share * RANGE_WIDTH - MARKER_WIDTH / 2) * 10) / 10;
    return {
        x,
        known,
        words: known ? `at ${Math.round(share * 100)} percent of its range` : 'not known',
    };
}

interface RangeBarProps {
    /** `24 hour range`, `Day range`. */
    readonly label: string;
    readonly value: number | null;
    readonly low: number | null;
    readonly high: number | null;
}

/** A track with a marker. What is named by data-part may be written by a RowView instead of React. */
export function RangeBar({ label, value, low, high }: RangeBarProps) {
    const place = rangePlace(value, low, high);
    return (
        <svg
            className={styles['bar']}
            viewBox={`0 0 ${RANGE_WIDTH} 8`}
            preserveAspectRatio="none"
            data-part="range"
            data-known={place.known}
            role="img"
            aria-label={`${label}: ${place.words}`}
        >
            <rect className={styles['track']} y="2" width={RANGE_WIDTH} height="4" rx="2" />
            <rect
                className={styles['marker']}
                data-part="marker"
                x={place.x}
                width={MARKER_WIDTH}
                height="8"
                rx="1.5"
            />
        </svg>
    );
}
