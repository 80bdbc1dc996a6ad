import {
    fieldsOf,
    itemsOf,
    momentOf,
    numberOf,
    readReply,
    textOf,
    type Fields,
    type Reply,
} from '../payload/fields.ts';
import { Snapshot } from '../snapshot/snapshot.ts';

export interface Share {
    readonly symbol: string;
    readonly price: number | null;
    readonly change: number | null;
    readonly changePercent: number | null;
    readonly open: number | null;
    readonly previousClose: number | null;
    readonly low: number | null;
    readonly high: number | null;
}

export interface Stocks {
    /** `US`; empty when the server does not say. */
    readonly market: string;
    readonly exchanges: readonly string[];
    /** What the prices are in: `USD`. */
    readonly currency: string;
    /** When the prices were fetched, server's time in ms. */
    readonly madeAt: number | null;
    readonly gainers: readonly Share[];
    readonly losers: readonly Share[];
}

const SHARES_MAX = 50;
const EXCHANGES_MAX = 6;

/** Reads one `stockTopPerformersResponse`. */
export function readStocks(payload: unknown): Reply<Stocks> | null {
    return readReply(payload, (envelope) => {
        const data = fieldsOf(envelope['data']);
        if (data === null) return null;
        const meta = fieldsOf(data['meta']);
        const exchanges = Array.isArray(meta?.['exchanges']) ? meta['exchanges'] : [];
        return {
            market: textOf(meta?.['market']),
            exchanges: exchanges.filter((name) => typeof name === 'string').slice(0, EXCHANGES_MAX),
            currency: textOf(meta?.['currency']),
            madeAt: momentOf(data['timestamp']),
            gainers: itemsOf(data['topGainers'], shareOf, SHARES_MAX),
            losers: itemsOf(data['topLosers'], shareOf, SHARES_MAX),
        };
    });
}

function shareOf(fields: Fields): Share | null {
    const symbol = textOf(fields['symbol']).trim();
    if (symbol === '') return null;
    return {
        symbol,
        price: numberOf(fields['currentPrice']),
        change: numberOf(fields['change']),
        changePercent: numberOf(fields['changePercent']),
        open: numberOf(fields['open']),
        previousClose: numberOf(fields['previousClose']),
        low: numberOf(fields['low']),
        high: numberOf(fields['high']),
    };
}

export function createStocks(): Snapshot<Stocks> {
    return new Snapshot({
        event: 'stockTopPerformersResponse',
        request: 'stockTopPerformersRequest',
        read: readStocks,
        madeAt: (stocks) => stocks.madeAt,
        same: (a, b) => a.madeAt !== null && a.madeAt === b.madeAt,
    });
}
