import { Block } from '../card/card.tsx';
import styles from './live-prices.module.css';
import { PriceTable } from './price-rows.tsx';

/** As many rows as are shown at first, so that the first data moves nothing. */
const NAME_WIDTHS = [92, 104, 56, 64, 82, 96, 84, 92, 100, 78];

export function TableSkeleton() {
    return (
        <PriceTable sort={null}>
            <tbody>
                {NAME_WIDTHS.map((width, index) => (
                    <tr key={index}>
                        <td className={styles['pinColumn']}>
                            <Block width={16} height={16} />
                        </td>
                        <td>
                            <div className={styles['coin']}>
                                <Block width={24} height={24} round />
                                <Block width={width} height={12} />
                            </div>
                        </td>
                        <td className={styles['figure']}>
                            <Block width={74} height={14} end />
                        </td>
                        <td className={styles['figure']}>
                            <Block width={52} height={12} end />
                        </td>
                        <td className={styles['sparkColumn']}>
                            <Block width={100} height={2} />
                        </td>
                        <td className={styles['rangeColumn']}>
                            <Block width="100%" height={4} />
                        </td>
                        <td className={`${styles['figure']} ${styles['volumeColumn']}`}>
                            <Block width={48} height={12} end />
                        </td>
                        <td className={`${styles['figure']} ${styles['capColumn']}`}>
                            <Block width={62} height={12} end />
                        </td>
                    </tr>
                ))}
            </tbody>
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
                    <Block width={84} height={14} end />
                </li>
            ))}
        </ul>
    );
}
