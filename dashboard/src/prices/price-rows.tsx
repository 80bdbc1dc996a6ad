import { memo, useLayoutEffect, useRef, type ReactNode } from 'react';
import { coinOf } from './coins.ts';
import styles from './live-prices.module.css';
import { Change, Monogram, Price, Range, Spark, Volume } from './price-parts.tsx';
import type { PricePainter } from './price-painter.ts';

interface RowsProps {
    readonly products: readonly string[];
    readonly painter: PricePainter;
}

interface RowProps {
    readonly product: string;
    readonly painter: PricePainter;
}

function useLiveRow<Row extends HTMLElement>({ product, painter }: RowProps) {
    const row = useRef<Row>(null);
    useLayoutEffect(() => {
        if (row.current === null) return;
        return painter.attach(product, row.current);
    }, [product, painter]);
    return row;
}

export function PriceTable({ children, hidden }: { children: ReactNode; hidden?: boolean }) {
    const column = (name: string) => styles[`${name}Column`];
    return (
        <table className={styles['table']} aria-hidden={hidden}>
            <thead>
                <tr>
                    <th scope="col">Coin</th>
                    <th scope="col" className={`${styles['figure']} ${column('price')}`}>
                        Price
                    </th>
                    <th scope="col" className={`${styles['figure']} ${column('change')}`}>
                        24 h
                    </th>
                    <th scope="col" className={column('spark')}>
                        Last 60 prices
                    </th>
                    <th scope="col" className={column('range')}>
                        24 h range
                    </th>
                    <th scope="col" className={`${styles['figure']} ${column('volume')}`}>
                        Volume
                    </th>
                </tr>
            </thead>
            <tbody>{children}</tbody>
        </table>
    );
}

const TableRow = memo(function TableRow(props: RowProps) {
    const row = useLiveRow<HTMLTableRowElement>(props);
    const coin = coinOf(props.product);
    return (
        <tr ref={row} data-product={props.product}>
            <td>
                <div className={styles['coin']}>
                    <Monogram coin={coin} />
                    <b>{coin.name}</b>
                    <span className={styles['symbol']}>{coin.symbol}</span>
                </div>
            </td>
            <td className={styles['figure']}>
                <Price />
            </td>
            <td className={styles['figure']}>
                <Change />
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
        </tr>
    );
});

export function TableRows({ products, painter }: RowsProps) {
    return products.map((product) => <TableRow key={product} product={product} painter={painter} />);
}

const ListRow = memo(function ListRow(props: RowProps) {
    const row = useLiveRow<HTMLLIElement>(props);
    const coin = coinOf(props.product);
    return (
        <li ref={row} className={styles['listRow']} data-product={props.product}>
            <Monogram coin={coin} />
            <div>
                <b>{coin.name}</b>
                <span className={styles['symbol']}>{coin.symbol}</span>
            </div>
            <Spark />
            <div className={styles['figure']}>
                <Price />
                <Change />
            </div>
        </li>
    );
});

/** The phone's rendering. */
export function PriceList({ products, painter }: RowsProps) {
    return (
        <ul>
            {products.map((product) => (
                <ListRow key={product} product={product} painter={painter} />
            ))}
        </ul>
    );
}
