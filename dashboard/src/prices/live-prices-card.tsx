import { CloudOff, RefreshCw, WifiOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { Card, CardMessage, SourceLine } from '../card/card.tsx';
import controls from '../controls/controls.module.css';
import { figures } from '../figures/figures.ts';
import { useMedia } from '../shell/use-media.ts';
import { useNow } from '../shell/use-now.ts';
import styles from './live-prices.module.css';
import type { PricePainter } from './price-painter.ts';
import { PriceList, PriceTable, TableRows } from './price-rows.tsx';
import { wordsFor } from './problem-words.ts';
import { ListSkeleton, TableSkeleton } from './skeleton.tsx';
import type { LivePrices } from './use-live-prices.ts';

const PHONE = '(max-width: 759px)';
const AGE_REFRESH_MS = 10_000;

interface LivePricesCardProps {
    readonly prices: LivePrices;
    readonly painter: PricePainter;
    readonly onTryNow: () => void;
}

export function LivePricesCard({ prices, painter, onTryNow }: LivePricesCardProps) {
    const isPhone = useMedia(PHONE);
    const classes = [styles['body'], prices.paused ? styles['paused'] : ''];
    return (
        <Card title="Live prices" about={<About prices={prices} />} busy={prices.status === 'loading'}>
            <div className={classes.join(' ')}>{body()}</div>
        </Card>
    );

    function body(): ReactNode {
        switch (prices.status) {
            case 'loading':
                return isPhone ? <ListSkeleton /> : <TableSkeleton />;
            case 'live':
                if (isPhone) return <PriceList products={prices.products} painter={painter} />;
                return (
                    <PriceTable>
                        <TableRows products={prices.products} painter={painter} />
                    </PriceTable>
                );
            case 'failed':
                return <NoPrices prices={prices} />;
            case 'unreachable':
                return <NoServer onTryNow={onTryNow} />;
            case 'offline':
                return <NoNetwork />;
        }
    }
}

function About({ prices }: { readonly prices: LivePrices }) {
    const source = sourceName(prices.source);
    const paused = prices.paused && prices.status === 'live';
    return (
        <>
            {prices.simulated && <span className={controls['chip']}>Simulated</span>}
            {prices.silentSince !== null && !paused && <AgeChip since={prices.silentSince} />}
            <SourceLine>{line()}</SourceLine>
        </>
    );

    function line(): string {
        if (prices.status === 'loading') return prices.connected ? 'Waiting for prices' : 'Connecting';
        const named = prices.simulated || prices.silentSince !== null ? '' : source;
        const at = prices.pausedAt;
        if (!paused || at === null) return named;
        return `${named === '' ? '' : `${named} · `}paused at ${figures.timeOfDay(at)}`;
    }
}

function AgeChip({ since }: { readonly since: number }) {
    const now = useNow(AGE_REFRESH_MS);
    return (
        <span className={controls['chip']} title={figures.timeOfDay(since)}>
            Updated {figures.age(since, now)}
        </span>
    );
}

function NoPrices({ prices }: { readonly prices: LivePrices }) {
    const words = wordsFor(prices.problem);
    return (
        <CardMessage
            icon={<CloudOff size={24} strokeWidth={1.75} aria-hidden />}
            title={words.title}
        >
            {words.sentence}
        </CardMessage>
    );
}

function NoServer({ onTryNow }: { readonly onTryNow: () => void }) {
    return (
        <CardMessage
            icon={<WifiOff size={24} strokeWidth={1.75} aria-hidden />}
            title="We cannot reach Flux"
            action={
                <button className={controls['button']} onClick={onTryNow}>
                    <RefreshCw size={16} strokeWidth={1.75} aria-hidden />
                    Try now
                </button>
            }
        >
            Is the server running? This page keeps trying and comes back by itself.
        </CardMessage>
    );
}

function NoNetwork() {
    return (
        <CardMessage
            icon={<WifiOff size={24} strokeWidth={1.75} aria-hidden />}
            title="You are offline"
        >
            Prices come by themselves as soon as there is a network.
        </CardMessage>
    );
}

/** `coinbase` as a person writes it. */
function sourceName(source: string): string {
    return source.slice(0, 1).toUpperCase() + source.slice(1);
}
