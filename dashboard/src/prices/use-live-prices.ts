import { useEffect, useMemo } from 'react';
import { useCardState, type CardState } from '../card/card-state.ts';
import type { Connection } from '../connection/connection.ts';
import type { DomainBoard } from '../connection/domains.ts';
import type { Kept } from '../store/local.ts';
import { useStore } from '../store/store.ts';
import { coinOf } from './coins.ts';
import { togglePin } from './pins.ts';
import type { PriceBoard } from './price-board.ts';
import type { PricePainter } from './price-painter.ts';
import type { Sortable } from './price-order.ts';
import { readTickerMessage } from './ticker.ts';
import type { TopCoin, TopCoins } from './top-coins.ts';

/** Without a first price this long after the line became ready, the source is taken to be down. */
const FIRST_PRICE_MS = 10_000;
const CHECK_MS = 1_000;

/** What makes up the card; made once, in main.tsx. */
export interface PriceParts {
    readonly board: PriceBoard;
    readonly painter: PricePainter;
    readonly topCoins: TopCoins;
    readonly pins: Kept<ReadonlySet<string>>;
}

export interface LivePrices {
    readonly card: CardState;
    /** Every product that ticks. */
    readonly products: readonly string[];
    /** The source's name as it writes itself; empty before the first tick. */
    readonly source: string;
    readonly coins: ReadonlyMap<string, TopCoin>;
    readonly pins: ReadonlySet<string>;
    readonly painter: PricePainter;
    readonly onPin: (product: string) => void;
    readonly onTryNow: () => void;
    /** The newest figures of a product, to sort by. */
    readonly lookUp: (product: string) => Sortable;
}

/** The feature "live prices": follows its events and its clock while mounted. */
export function useLivePrices(
    connection: Connection,
    domains: DomainBoard,
    { board, painter, topCoins, pins }: PriceParts,
): LivePrices {
    useEffect(() => {
        const stopPainting = painter.start();
        const stopListening = connection.on('cryptoTickerResponse', (payload: unknown) => {
            const message = readTickerMessage(payload);
            if (message !== null) board.receive(message, Date.now());
        });
        const timer = setInterval(() => {
            painter.checkStale(Date.now());
            board.checkSilence(Date.now());
        }, CHECK_MS);
        return () => {
            clearInterval(timer);
            stopListening();
            stopPainting();
            board.stop();
        };
    }, [connection, board, painter]);
    useEffect(() => topCoins.follow(connection), [connection, topCoins]);

    const state = useStore(board.store);
    const list = useStore(topCoins.store).data;
    const pinned = useStore(pins);
    // Ticks that come are never old; silence is old from its first moment.
    const newest = state.silentSince ?? Infinity;
    const facts = {
        dataAt: state.products.length > 0 ? newest : null,
        staleAfterMs: 0,
        problem: state.products.length > 0 ? null : state.problem,
    };
    const card = useCardState(connection, domains, 'crypto', facts, FIRST_PRICE_MS);
    const coins = useMemo(() => new Map((list ?? []).map((coin) => [coin.product, coin])), [list]);
    return {
        card,
        products: state.products,
        source: state.source,
        coins,
        pins: pinned,
        painter,
        onPin: (product) => pins.set(togglePin(pinned, product)),
        onTryNow: connection.refresh,
        lookUp: (product) => sortableOf(product, board, coins),
    };
}

export function nameOf(product: string, coins: ReadonlyMap<string, TopCoin>): string {
    return coins.get(product)?.name || coinOf(product).name;
}

function sortableOf(
    product: string,
    board: PriceBoard,
    coins: ReadonlyMap<string, TopCoin>,
): Sortable {
    const ticker = board.quote(product)?.ticker;
    const price = ticker?.price ?? null;
    const volume = ticker?.volume ?? null;
    return {
        name: nameOf(product, coins),
        price,
        change: ticker?.changePercent ?? null,
        volume: price === null || volume === null ? null : price * volume,
        cap: coins.get(product)?.marketCapInr ?? null,
    };
}
