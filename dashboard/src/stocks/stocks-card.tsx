import { ChartNoAxesColumn } from 'lucide-react';
import { useMemo, useState } from 'react';
import { CardMessage, LiveCard } from '../card/card.tsx';
import { MANY, PairedLists, PairedSkeleton, type RowDrawing } from '../card/paired-lists.tsx';
import type { CardNouns } from '../card/problem-words.ts';
import { MoreButton } from '../controls/more-button.tsx';
import { Change } from '../figures/change.tsx';
import { figures } from '../figures/figures.ts';
import { RangeBar } from '../figures/range-bar.tsx';
import type { SnapshotView } from '../snapshot/use-snapshot.ts';
import styles from './stocks.module.css';
import type { Share, Stocks } from './stocks.ts';

const NOUNS: CardNouns = {
    subject: 'Stock prices are',
    returns: 'Prices return by themselves.',
    rhythm: 'We try again every 2 minutes.',
};

export function StocksCard({ data, at, card, onTryNow }: SnapshotView<Stocks>) {
    const [long, setLong] = useState(false);
    const currency = data?.currency || 'Price';
    const drawing = useMemo(() => drawingOf(currency), [currency]);
    const rows = Math.max(data?.gainers.length ?? 0, data?.losers.length ?? 0);
    return (
        <LiveCard
            title={data?.market ? `${data.market} stocks` : 'Stocks'}
            state={card}
            nouns={NOUNS}
            source={data?.exchanges.join(', ') ?? ''}
            at={at}
            waiting="The first prices take up to two minutes"
            tools={
                rows > 5 && (
                    <MoreButton
                        more={`Top ${Math.min(MANY, rows)}`}
                        open={long}
                        onToggle={() => setLong(!long)}
                    />
                )
            }
            skeleton={<PairedSkeleton discs={false} />}
            onTryNow={onTryNow}
        >
            <PairedLists
                gainers={data?.gainers ?? []}
                losers={data?.losers ?? []}
                drawing={drawing}
                long={long}
                empty={
                    <CardMessage
                        icon={<ChartNoAxesColumn size={24} strokeWidth={1.75} aria-hidden />}
                        title="The market has no figures yet"
                    >
                        They appear by themselves.
                    </CardMessage>
                }
            />
        </LiveCard>
    );
}

function drawingOf(currency: string): RowDrawing<Share> {
    const range = (share: Share) => (
        <RangeBar label="Day range" value={share.price} low={share.low} high={share.high} />
    );
    const price = (share: Share) => (
        <span className={styles['price']}>{figures.shares(share.price)}</span>
    );
    const change = (share: Share) => <Change percent={share.changePercent} />;
    return {
        idOf: ({ symbol }) => symbol,
        name: ({ symbol }) => symbol,
        columns: [
            { label: 'Day range', className: styles['range'], cell: range },
            { label: currency, className: styles['priceColumn'], figure: true, cell: price },
            { label: 'Day', className: styles['changeColumn'], figure: true, cell: change },
        ],
        facts: (share) => [
            { name: 'Open', value: figures.shares(share.open) },
            { name: 'High', value: figures.shares(share.high) },
            { name: 'Prev. close', value: figures.shares(share.previousClose) },
            { name: 'Low', value: figures.shares(share.low) },
            { name: 'Change', value: figures.signedShares(share.change) },
        ],
        second: (share) => `Open ${figures.shares(share.open)}`,
        middle: range,
        price,
        change,
    };
}
