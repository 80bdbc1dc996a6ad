import {
    fieldsOf,
    itemsOf,
    numberOf,
    readReply,
    textOf,
    type Fields,
    type Reply,
} from '../payload/fields.ts';
import { Snapshot } from '../snapshot/snapshot.ts';

export interface Mover {
    readonly id: string;
    readonly symbol: string;
    readonly name: string;
    readonly price: number | null;
    readonly change1h: number | null;
    readonly change24h: number | null;
    readonly low24h: number | null;
    readonly high24h: number | null;
    readonly marketCap: number | null;
    /** 1 is the largest; null when it has none. */
    readonly rank: number | null;
    readonly volume: number | null;
}

export interface Movers {
    readonly madeAt: number | null;
    readonly gainers: readonly Mover[];
    readonly losers: readonly Mover[];
}

const MOVERS_MAX = 50;
/** The source writes 2^53-1 for a coin without a rank. */
const RANK_MAX = 100_000;

/** Reads one `cryptoTopMoversResponse`. A coin that did not move, or the other way, is left out. */
export function readMovers(payload: unknown): Reply<Movers> | null {
    return readReply(payload, (envelope) => {
        const data = fieldsOf(envelope['data']);
        const up = fieldsOf(data?.['topGainers']);
        const down = fieldsOf(data?.['topLosers']);
        if (!Array.isArray(up?.['data']) || !Array.isArray(down?.['data'])) return null;
        const made = [up, down]
            .map((list) => numberOf(list['timestamp']))
            .filter((at) => at !== null);
        return {
            madeAt: made.length === 0 ? null : Math.min(...made),
            gainers: itemsOf(up['data'], moverOf, MOVERS_MAX).filter(
                ({ change1h }) => shown(change1h) > 0,
            ),
            losers: itemsOf(down['data'], moverOf, MOVERS_MAX).filter(
                ({ change1h }) => shown(change1h) < 0,
            ),
        };
    });
}

/** The change as it is written, with two decimals: what reads 0.00 has not moved. */
function shown(change: number | null): number {
    return Math.round((change ?? 0) * 100);
}

function moverOf(fields: Fields): Mover | null {
    const symbol = textOf(fields['symbol']).trim().toUpperCase();
    const id = textOf(fields['id']) || symbol;
    if (id === '') return null;
    const rank = numberOf(fields['marketCapRank']);
    return {
        id,
        symbol: symbol || id.toUpperCase(),
        name: textOf(fields['name']).trim() || symbol || id,
        price: numberOf(fields['currentPrice']),
        change1h: numberOf(fields['priceChangePercentage1h']),
        change24h: numberOf(fields['priceChangePercentage24h']),
        low24h: numberOf(fields['low24h']),
        high24h: numberOf(fields['high24h']),
        marketCap: positive(numberOf(fields['marketCap'])),
        rank: rank !== null && rank >= 1 && rank <= RANK_MAX ? rank : null,
        volume: positive(numberOf(fields['totalVolume'])),
    };
}

/** The source writes 0 for a sum it does not know. */
function positive(value: number | null): number | null {
    return value !== null && value > 0 ? value : null;
}

export function createMovers(): Snapshot<Movers> {
    return new Snapshot({
        event: 'cryptoTopMoversResponse',
        request: 'cryptoTopMoversRequest',
        read: readMovers,
        madeAt: (movers) => movers.madeAt,
        same: (a, b) => a.madeAt !== null && a.madeAt === b.madeAt,
    });
}
