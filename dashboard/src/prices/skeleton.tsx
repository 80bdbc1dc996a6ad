import styles from './live-prices.module.css';
import { PriceTable } from './price-rows.tsx';

/** As many rows as Flux has products unless told otherwise, so that the first data moves nothing. */
const NAME_WIDTHS = [92, 104, 56, 64, 82, 96, 84, 92, 100, 78, 88, 70];

function Block({ width, height, round }: { width: number; height: number; round?: boolean }) {
    const style = round === true ? { width, height, borderRadius: '50%' } : { width, height };
    return <span className={styles['block']} style={style} />;
}

function RightBlock({ width, height }: { width: number; height: number }) {
    return <span className={styles['block']} style={{ width, height, marginLeft: 'auto' }} />;
}

export function TableSkeleton() {
    return (
        <PriceTable hidden>
            {NAME_WIDTHS.map((width, index) => (
                <tr key={index}>
                    <td>
                        <div className={styles['coin']}>
                            <Block width={24} height={24} round />
                            <Block width={width} height={12} />
                        </div>
                    </td>
                    <td className={styles['figure']}>
                        <RightBlock width={74} height={14} />
                    </td>
                    <td className={styles['figure']}>
                        <RightBlock width={52} height={12} />
                    </td>
                    <td className={styles['sparkColumn']}>
                        <Block width={112} height={2} />
                    </td>
                    <td className={styles['rangeColumn']}>
                        <span
                            className={styles['block']}
                            style={{ width: 160, height: 4, margin: '0 auto' }}
                        />
                    </td>
                    <td className={`${styles['figure']} ${styles['volumeColumn']}`}>
                        <RightBlock width={48} height={12} />
                    </td>
                </tr>
            ))}
        </PriceTable>
    );
}

export function ListSkeleton() {
    return (
        <ul aria-hidden>
            {NAME_WIDTHS.map((width, index) => (
                <li key={index} className={styles['listRow']}>
                    <Block width={32} height={32} round />
                    <Block width={width} height={12} />
                    <Block width={72} height={2} />
                    <RightBlock width={84} height={14} />
                </li>
            ))}
        </ul>
    );
}
