import styles from './live-prices.module.css';
import { PriceTable } from './price-rows.tsx';

/** As many names as Flux has products unless told otherwise, so that the first data moves nothing. */
const NAME_WIDTHS = [92, 104, 56, 64, 82, 96, 84, 92, 100, 78, 88, 70];

function Disc({ size }: { size: number }) {
    const style = { width: size, height: size, borderRadius: '50%' };
    return <span className={styles['block']} style={style} />;
}

function NameBlock({ width }: { width: number }) {
    return <span className={styles['nameBlock']} style={{ width, height: 12 }} />;
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
                            <Disc size={24} />
                            <NameBlock width={width} />
                        </div>
                    </td>
                    <td className={styles['figure']}>
                        <RightBlock width={74} height={14} />
                    </td>
                    <td className={styles['figure']}>
                        <RightBlock width={52} height={12} />
                    </td>
                    <td className={styles['sparkColumn']}>
                        <span className={styles['sparkBlock']} />
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
                    <Disc size={32} />
                    <NameBlock width={width} />
                    <span className={styles['sparkBlock']} />
                    <RightBlock width={84} height={14} />
                </li>
            ))}
        </ul>
    );
}
