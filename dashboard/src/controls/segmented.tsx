import styles from './controls.module.css';

interface SegmentedProps<T extends string> {
    /** What is chosen here, for a screen reader. */
    readonly label: string;
    readonly options: readonly (readonly [value: T, words: string])[];
    readonly chosen: T;
    readonly onChoose: (value: T) => void;
    readonly wide?: boolean;
}

/** One of a few, all of them in sight. */
export function Segmented<T extends string>(props: SegmentedProps<T>) {
    return (
        <div
            className={styles['segmented']}
            role="group"
            aria-label={props.label}
            data-wide={props.wide}
        >
            {props.options.map(([value, words]) => (
                <button
                    key={value}
                    aria-pressed={value === props.chosen}
                    onClick={() => props.onChoose(value)}
                >
                    {words}
                </button>
            ))}
        </div>
    );
}
