import { Activity } from 'lucide-react';
import { useState } from 'react';
import { CardMessage, LiveCard } from '../card/card.tsx';
import { MANY, PairedLists, PairedSkeleton, type RowDrawing } from '../card/paired-lists.tsx';
import type { CardNouns } from '../card/problem-words.ts';
import { MoreButton } from '../controls/more-button.tsx';
import { Change } from '../figures/change.tsx';
import { EN_DASH, figures } from '../figures/figures.ts';
import { Monogram } from '../figures/monogram.tsx';
import { RangeBar } from '../figures/range-bar.tsx';
import type { SnapshotView } from '../snapshot/use-snapshot.ts';
import styles from './movers.module.css';
import type { Mover, Movers } from './movers.ts';
import { nameWidth } from './name-width.ts';

const NOUNS: CardNouns = {
    subject: 'Crypto movers are',
    returns: 'They return by themselves.',
    rhythm: 'We try again every 90 seconds.',
};

export function MoversCard({ data, at, card, onTryNow }: SnapshotView<Movers>) {
    const [long, setLong] = useState(false);
    const rows = Math.max(data?.gainers.length ?? 0, data?.losers.length ?? 0);
    return (
        <LiveCard
            title="Crypto movers"
            state={card}
            nouns={NOUNS}
            source="CoinGecko"
            at={at}
            waiting="Loading"
            tools={
                rows > 5 && (
                    <MoreButton
                        more={`Top ${Math.min(MANY, rows)}`}
                        open={long}
                        onToggle={() => setLong(!long)}
                    />
                )
            }
            skeleton={<PairedSkeleton discs />}
            onTryNow={onTryNow}
        >
            <PairedLists
                gainers={data?.gainers ?? []}
                losers={data?.losers ?? []}
                drawing={DRAWING}
                long={long}
                empty={
                    <CardMessage
                        icon={<Activity size={24} strokeWidth={1.75} aria-hidden />}
                        title="Nothing moved in the last hour"
                    >
                        The list is made anew every 90 seconds.
                    </CardMessage>
                }
            />
        </LiveCard>
    );
}

const money = (value: number | null) => figures.price(value, 'USD');
const price = (mover: Mover) => <span className={styles['price']}>{money(mover.price)}</span>;
const change = (mover: Mover) => <Change percent={mover.change1h} />;
/**
 * A name that would be cut off gives way to its symbol; it stands in the opened row. Up to the first
 * width it fits everywhere, up to the second where the card is wide and leaves the volume out.
 */
const NAME_WIDTHS = [9.5, 13] as const;

function MoverName({ name, symbol }: Mover) {
    const width = nameWidth(name);
    if (width <= NAME_WIDTHS[0]) return <bdi>{name}</bdi>;
    if (width > NAME_WIDTHS[1]) return <bdi>{symbol}</bdi>;
    return (
        <>
            <bdi className={styles['name']}>{name}</bdi>
            <bdi className={styles['short']}>{symbol}</bdi>
        </>
    );
}

const rankOf = ({ rank }: Mover) => (rank === null ? EN_DASH : `#${figures.whole(rank)}`);

const DRAWING: RowDrawing<Mover> = {
    idOf: ({ id }) => id,
    name: (mover) => <MoverName {...mover} />,
    mark: ({ symbol }) => <Monogram symbol={symbol} />,
    columns: [
        {
            label: 'Volume',
            className: styles['volume'],
            figure: true,
            cell: (mover) => figures.compactMoney(mover.volume, 'USD'),
        },
        { label: 'Price', className: styles['priceColumn'], figure: true, cell: price },
        { label: '1 h', className: styles['changeColumn'], figure: true, cell: change },
    ],
    facts: (mover) => [
        { name: 'Coin', value: <bdi>{mover.name}</bdi> },
        { name: 'Rank', value: rankOf(mover) },
        { name: '24 h', value: <Change percent={mover.change24h} /> },
        { name: '24 h low', value: money(mover.low24h) },
        { name: '24 h high', value: money(mover.high24h) },
        { name: 'Market cap', value: figures.compactMoney(mover.marketCap, 'USD') },
        { name: 'Volume', value: figures.compactMoney(mover.volume, 'USD') },
    ],
    second: (mover) => `${rankOf(mover)} · Vol ${figures.compactMoney(mover.volume, 'USD')}`,
    middle: (mover) => (
        <RangeBar
            label="24 hour range"
            value={mover.price}
            low={mover.low24h}
            high={mover.high24h}
        />
    ),
    price,
    change,
};
