import { useId, useState, type ReactNode } from 'react';
import { Segmented } from '../controls/segmented.tsx';
import { Arrow } from '../figures/change.tsx';
import { useMedia } from '../controls/use-media.ts';
import { Block } from './card.tsx';
import { Facts, type Fact } from './facts.tsx';
import { rowPress } from './row-press.ts';
import styles from './rows.module.css';
import { useSettledOrder } from './settled-order.ts';

type Side = 'gainers' | 'losers';
const SIDES: readonly (readonly [Side, string])[] = [
    ['gainers', 'Gainers'],
    ['losers', 'Losers'],
];
export const PHONE = '(max-width: 759px)';
const FEW = 5;
export const MANY = 10;

export interface Column<Row> {
    readonly label: string;
    /** A class of the card's own, for its width and for when it is left out. */
    readonly className?: string | undefined;
    /** Figures stand at the right. */
    readonly figure?: boolean;
    readonly cell: (row: Row) => ReactNode;
}

/** How the rows of a card with gainers and losers are drawn. */
export interface RowDrawing<Row> {
    readonly idOf: (row: Row) => string;
    /** What the row is called, as its button. */
    readonly name: (row: Row) => ReactNode;
    /** Before the name. */
    readonly mark?: (row: Row) => ReactNode;
    readonly columns: readonly Column<Row>[];
    readonly facts: (row: Row) => readonly Fact[];
    /** The phone's row: a second line, something in the middle, and two figures. */
    readonly second: (row: Row) => ReactNode;
    readonly middle: (row: Row) => ReactNode;
    readonly price: (row: Row) => ReactNode;
    readonly change: (row: Row) => ReactNode;
}

interface PairedListsProps<Row> {
    readonly gainers: readonly Row[];
    readonly losers: readonly Row[];
    readonly drawing: RowDrawing<Row>;
    /** All of them, up to MANY, or only the first few. */
    readonly long: boolean;
    readonly empty: ReactNode;
}

/** Gainers beside losers; on the phone one of them at a time. One row is open at most. */
export function PairedLists<Row>(props: PairedListsProps<Row>) {
    const isPhone = useMedia(PHONE);
    const [side, setSide] = useState<Side>('gainers');
    const [open, setOpen] = useState<string | null>(null);
    if (props.gainers.length === 0 && props.losers.length === 0) return props.empty;
    const sideProps = (which: Side): SideProps<Row> => ({
        side: which,
        rows: props[which],
        drawing: props.drawing,
        most: props.long ? MANY : FEW,
        open,
        onToggle: (key) => setOpen(open === key ? null : key),
    });
    if (isPhone) {
        return (
            <>
                <div className={styles['tabs']}>
                    <Segmented label="Show" options={SIDES} chosen={side} onChoose={setSide} wide />
                </div>
                <SideList key={side} {...sideProps(side)} />
            </>
        );
    }
    return (
        <div className={styles['pair']}>
            {SIDES.map(([which]) => (
                <div key={which}>
                    <SideTable {...sideProps(which)} />
                </div>
            ))}
        </div>
    );
}

interface SideProps<Row> {
    readonly side: Side;
    readonly rows: readonly Row[];
    readonly drawing: RowDrawing<Row>;
    readonly most: number;
    /** `side:id` of the open row of the card. */
    readonly open: string | null;
    readonly onToggle: (key: string) => void;
}

/** The rows as they are shown: in order, not jumping while one of them is open. */
function useShownRows<Row>({ side, rows, drawing, most, open }: SideProps<Row>) {
    const byId = new Map(rows.map((row) => [drawing.idOf(row), row]));
    const order = useSettledOrder([...byId.keys()], open !== null);
    const base = useId();
    return order.slice(0, most).flatMap((id) => {
        const row = byId.get(id);
        const key = `${side}:${id}`;
        return row === undefined
            ? []
            : [{ id, row, key, isOpen: open === key, factsId: `${base}${id}` }];
    });
}

function SideTable<Row>(props: SideProps<Row>) {
    const { side, drawing, onToggle } = props;
    const shown = useShownRows(props);
    const words = side === 'gainers' ? 'Gainers' : 'Losers';
    return (
        <table className={styles['table']}>
            <thead>
                <tr>
                    <th scope="col">
                        <span className={styles['side']} data-side={side}>
                            <Arrow direction={side === 'gainers' ? 'up' : 'down'} />
                            {words}
                        </span>
                    </th>
                    {drawing.columns.map(({ label, className, figure }) => (
                        <th key={label} scope="col" className={cellClass(className, figure)}>
                            {label}
                        </th>
                    ))}
                </tr>
            </thead>
            {shown.map(({ id, row, key, isOpen, factsId }) => (
                <tbody key={id} data-open={isOpen}>
                    <tr className={styles['row']} onClick={rowPress(() => onToggle(key))}>
                        <th scope="row">
                            <button
                                className={styles['name']}
                                aria-expanded={isOpen}
                                aria-controls={factsId}
                            >
                                {drawing.mark?.(row)}
                                <b>{drawing.name(row)}</b>
                            </button>
                        </th>
                        {drawing.columns.map(({ label, className, figure, cell }) => (
                            <td key={label} className={cellClass(className, figure)}>
                                {cell(row)}
                            </td>
                        ))}
                    </tr>
                    {isOpen && (
                        <tr>
                            <td
                                colSpan={drawing.columns.length + 1}
                                className={styles['factsCell']}
                            >
                                <Facts id={factsId} facts={drawing.facts(row)} />
                            </td>
                        </tr>
                    )}
                </tbody>
            ))}
        </table>
    );
}

function cellClass(className: string | undefined, figure = false): string {
    return [className, figure ? styles['figure'] : ''].filter(Boolean).join(' ');
}

function SideList<Row>(props: SideProps<Row>) {
    const { drawing, onToggle } = props;
    const shown = useShownRows(props);
    return (
        <ul>
            {shown.map(({ id, row, key, isOpen, factsId }) => (
                <li key={id}>
                    <div
                        className={styles['listRow']}
                        data-row
                        onClick={rowPress(() => onToggle(key))}
                    >
                        {drawing.mark?.(row)}
                        <div className={styles['listName']}>
                            <button aria-expanded={isOpen} aria-controls={factsId}>
                                {drawing.name(row)}
                            </button>
                            <span>{drawing.second(row)}</span>
                        </div>
                        {drawing.middle(row)}
                        <div className={styles['listFigures']}>
                            {drawing.price(row)}
                            {drawing.change(row)}
                        </div>
                    </div>
                    {isOpen && <Facts id={factsId} facts={drawing.facts(row)} />}
                </li>
            ))}
        </ul>
    );
}

const WIDTHS = [52, 60, 48, 58, 54];

/** As high as the first few rows of both lists. */
export function PairedSkeleton({ discs }: { readonly discs: boolean }) {
    const isPhone = useMedia(PHONE);
    if (isPhone) {
        return (
            <div aria-hidden>
                <div className={styles['tabs']} />
                {WIDTHS.map((width, index) => (
                    <div key={index} className={styles['listRow']}>
                        {discs && <Block width={32} height={32} round />}
                        <Block width={width + 40} height={12} />
                        <Block width={60} height={4} />
                        <Block width={72} height={14} end />
                    </div>
                ))}
            </div>
        );
    }
    return (
        <div className={styles['pair']} aria-hidden>
            {SIDES.map(([side, words]) => (
                <div key={side} className={styles['skeleton']}>
                    <div className={styles['skeletonHead']}>{words}</div>
                    {WIDTHS.map((width, index) => (
                        <div key={index} className={styles['skeletonRow']}>
                            {discs && <Block width={20} height={20} round />}
                            <Block width={width} height={12} />
                            <Block width={56} height={12} end />
                            <Block width={56} height={12} />
                        </div>
                    ))}
                </div>
            ))}
        </div>
    );
}
