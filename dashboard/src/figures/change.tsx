import { directionOf, EN_DASH, figures, type Direction } from './figures.ts';
import styles from './figures.module.css';

export const ARROWS: Record<Direction, string> = {
    up: 'M4 0l4 7H0z',
    down: 'M4 7L0 0h8z',
    flat: '',
};

/**
 * A change in percent: arrow, sign and colour, always the three together. What is named by
 * data-part may be written by a RowView instead of React.
 */
export function Change({ percent }: { readonly percent: number | null }) {
    const shown = figures.percent(percent);
    const direction = directionOf(percent);
    return (
        <span
            className={styles['change']}
            data-part="change"
            data-direction={shown === EN_DASH ? 'none' : direction}
        >
            <Arrow direction={direction} />
            <span data-part="percent" aria-hidden>
                {shown}
            </span>
            <span className="spoken" data-part="spoken">
                {figures.spokenPercent(percent)}
            </span>
        </span>
    );
}

export function Arrow({ direction }: { readonly direction: Direction }) {
    return (
        <svg viewBox="0 0 8 7" width="8" height="7" fill="currentColor" aria-hidden>
            <path data-part="arrow" d={ARROWS[direction]} />
        </svg>
    );
}
