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

/** What is known of a coin beside its ticks. */
export interface TopCoin {
    /** `BTC-USD`, the product of its ticks. */
    readonly product: string;
    readonly name: string;
    readonly marketCapInr: number | null;
}

const COINS_MAX = 200;

/** Reads one `cryptoTopCoinsResponse`: the coins in the order in which they are listed. */
export function readTopCoins(payload: unknown): Reply<readonly TopCoin[]> | null {
    return readReply(payload, (envelope) => {
        const data = fieldsOf(envelope['data']);
        if (!Array.isArray(data?.['topCoins'])) return null;
        return itemsOf(data['topCoins'], coinFrom, COINS_MAX);
    });
}

function coinFrom(fields: Fields): TopCoin | null {
    const product = textOf(fields['symbol']).trim();
    if (product === '') return null;
    const cap = numberOf(fields['market_cap_inr']);
    return {
        product,
        name: textOf(fields['name']).trim(),
        marketCapInr: cap !== null && cap > 0 ? cap : null,
    };
}

export type TopCoins = Snapshot<readonly TopCoin[]>;

export function createTopCoins(): TopCoins {
    return new Snapshot({
        event: 'cryptoTopCoinsResponse',
        request: 'cryptoTopCoinsRequest',
        read: readTopCoins,
        madeAt: () => null,
        same: (a, b) => JSON.stringify(a) === JSON.stringify(b),
    });
}
