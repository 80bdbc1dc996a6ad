import { ArrowDown, ArrowUp } from 'lucide-react';
import { memo, useLayoutEffect, useRef, type ReactNode } from 'react';
import { rowPress } from '../card/row-press.ts';
import { Change } from '../figures/change.tsx';
import { figures } from '../figures/figures.ts';
import { Monogram } from '../figures/monogram.tsx';
import { coinOf } from './coins.ts';
import styles from './live-prices.module.css';
import { pressedSort, type Sort, type SortColumn } from './price-order.ts';
import type { PricePainter } from './price-painter.ts';
import { Pin, Price, Range, Spark, TickFacts, Volume } from './price-parts.tsx';

/** One row as React knows it. Prices are not in here. */
export interface PriceRow {
    readonly product: string;
    readonly name: string;
    readonly capInr: number | null;
    readonly pinned: boolean;
    readonly isOpen: boolean;
}

interface RowsProps {
    readonly rows: readonly PriceRow[];
    readonly painter: PricePainter;
    readonly onToggle: (product: string) => void;
    readonly onPin: (product: string) => void;
}

interface RowProps extends PriceRow, Omit<RowsProps, 'rows'> {}

/** Lets the painter write into an element of `product` for as long as it is there. */
function useLive<Row extends HTMLElement>(product: string, painter: PricePainter) {
    const row = useRef<Row>(null);
    useLayoutEffect(() => {
        if (row.current === null) return;
        return painter.attach(product, row.current);
    }, [product, painter]);
    return row;
}

interface PriceTableProps {
    readonly sort: Sort | null;
    readonly onSort?: (sort: Sort) => void;
    readonly children: ReactNode;
}

/** `sort` is null while there is nothing to sort yet. */
export function PriceTable({ sort, onSort, children }: PriceTableProps) {
    const head = (column: SortColumn, words: string, className = '') => (
        <SortHead column={column} words={words} className={className} sort={sort} onSort={onSort} />
    );
    return (
        <table className={styles['table']} aria-hidden={sort === null}>
            <thead>
                <tr>
                    <th scope="col" className={styles['pinColumn']}>
                        <span className="spoken">Pin</span>
                    </th>
                    {head('coin', 'Coin')}
                    {head('price', 'Price', `${styles['figure']} ${styles['priceColumn']}`)}
                    {head('change', '24 h', `${styles['figure']} ${styles['changeColumn']}`)}
                    <th scope="col" className={styles['sparkColumn']}>
                        Last 60 ticks
                    </th>
                    <th scope="col" className={styles['rangeColumn']}>
                        24 h range
                    </th>
                    {head('volume', 'Volume', `${styles['figure']} ${styles['volumeColumn']}`)}
                    {head('cap', 'Market cap', `${styles['figure']} ${styles['capColumn']}`)}
                </tr>
            </thead>
            {children}
        </table>
    );
}

interface SortHeadProps {
    readonly column: SortColumn;
    readonly words: string;
    readonly className: string;
    readonly sort: Sort | null;
    readonly onSort: ((sort: Sort) => void) | undefined;
}

function SortHead({ column, words, className, sort, onSort }: SortHeadProps) {
    if (sort === null || onSort === undefined) {
        return (
            <th scope="col" className={className}>
                {words}
            </th>
        );
    }
    const isSorted = sort.column === column;
    const Icon = sort.descending ? ArrowDown : ArrowUp;
    const order = sort.descending ? 'descending' : 'ascending';
    return (
        <th scope="col" className={className} aria-sort={isSorted ? order : undefined}>
            <button className={styles['sort']} onClick={() => onSort(pressedSort(sort, column))}>
                {words}
                {isSorted && <Icon size={12} strokeWidth={2} aria-hidden />}
            </button>
        </th>
    );
}

export const TABLE_COLUMNS = 8;

const TableRow = memo(function TableRow(props: RowProps) {
    const { product, name, capInr, pinned, isOpen, painter, onToggle, onPin } = props;
    const row = useLive<HTMLTableRowElement>(product, painter);
    const { symbol } = coinOf(product);
    const factsId = `facts-${product}`;
    return (
        <tbody data-open={isOpen}>
            <tr
                ref={row}
                className={styles['row']}
                data-product={product}
                onClick={rowPress(() => onToggle(product))}
            >
                <td className={styles['pinColumn']}>
                    <Pin name={name} pinned={pinned} onPress={() => onPin(product)} />
                </td>
                <th scope="row">
                    <button
                        className={styles['coin']}
                        aria-expanded={isOpen}
                        aria-controls={factsId}
                    >
                        <Monogram symbol={symbol} />
                        <b>
                            <bdi>{name}</bdi>
                        </b>
                        <span className={styles['symbol']}>{symbol}</span>
                    </button>
                </th>
                <td className={styles['figure']}>
                    <Price />
                </td>
                <td className={styles['figure']}>
                    <Change percent={null} />
                </td>
                <td className={styles['sparkColumn']}>
                    <Spark />
                </td>
                <td className={styles['rangeColumn']}>
                    <Range />
                </td>
                <td className={`${styles['figure']} ${styles['volumeColumn']}`}>
                    <Volume />
                </td>
                <td className={`${styles['figure']} ${styles['capColumn']}`}>
                    {figures.compactRupees(capInr)}
                </td>
            </tr>
            {isOpen && (
                <tr>
                    <td colSpan={TABLE_COLUMNS} className={styles['factsCell']}>
                        <LiveFacts product={product} painter={painter} id={factsId} />
                    </td>
                </tr>
            )}
        </tbody>
    );
});

interface LiveFactsProps {
    readonly product: string;
    readonly painter: PricePainter;
    readonly id: string;
}

function LiveFacts({ product, painter, id }: LiveFactsProps) {
    const facts = useLive<HTMLDivElement>(product, painter);
    return (
        <div ref={facts}>
            <TickFacts id={id} />
        </div>
    );
}

export function TableRows({ rows, ...shared }: RowsProps) {
    return rows.map((row) => <TableRow key={row.product} {...row} {...shared} />);
}

const ListRow = memo(function ListRow(props: RowProps) {
    const { product, name, pinned, isOpen, painter, onToggle, onPin } = props;
    const row = useLive<HTMLDivElement>(product, painter);
    const { symbol } = coinOf(product);
    const factsId = `facts-${product}`;
    return (
        <li>
            <div
                ref={row}
                className={styles['listRow']}
                data-product={product}
                onClick={rowPress(() => onToggle(product))}
            >
                <Monogram symbol={symbol} />
                <div>
                    <button
                        className={styles['listName']}
                        aria-expanded={isOpen}
                        aria-controls={factsId}
                    >
                        <bdi>{name}</bdi>
                    </button>
                    <span className={styles['symbol']}>{symbol}</span>
                </div>
                <Spark />
                <div className={styles['figure']}>
                    <Price />
                    <Change percent={null} />
                </div>
            </div>
            {isOpen && (
                <div className={styles['listFacts']}>
                    <LiveFacts product={product} painter={painter} id={factsId} />
                    <Pin name={name} pinned={pinned} onPress={() => onPin(product)} worded />
                </div>
            )}
        </li>
    );
});

/** The phone's rendering. */
export function PriceList({ rows, ...shared }: RowsProps) {
    return (
        <ul>
            {rows.map((row) => (
                <ListRow key={row.product} {...row} {...shared} />
            ))}
        </ul>
    );
}
