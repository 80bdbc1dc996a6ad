import { fieldsOf, numberOf, problemOf, textOf, type Problem } from '../payload/fields.ts';

/** The newest figures of one product. null: missing, or not a finite number. */
export interface Ticker {
    /** For example `BTC-USD`. */
    readonly product: string;
    readonly price: number | null;
    /** Change over 24 hours, in percent. */
    readonly changePercent: number | null;
    /** Lowest and highest price of 24 hours. */
    readonly low: number | null;
    readonly high: number | null;
    /** Traded in 24 hours, in base units (BTC, not dollars). */
    readonly volume: number | null;
    /** What the best buyer offers and the best seller asks, and how much of it, in base units. */
    readonly bid: number | null;
    readonly bidSize: number | null;
    readonly ask: number | null;
    readonly askSize: number | null;
    /** Where the figures come from, as the source calls itself; empty when it does not say. */
    readonly source: string;
}

export type TickerMessage =
    | { readonly kind: 'ticker'; readonly ticker: Ticker }
    | { readonly kind: 'problem'; readonly problem: Problem };

const PRODUCT_LENGTH_MAX = 40;

/** Reads one `cryptoTickerResponse`. null: nothing in it that this page can use. */
export function readTickerMessage(payload: unknown): TickerMessage | null {
    const envelope = fieldsOf(payload);
    if (envelope === null) return null;
    if (envelope['status'] === 'error') {
        return { kind: 'problem', problem: problemOf(envelope) };
    }
    const outer = fieldsOf(envelope['data']);
    const inner = fieldsOf(outer?.['data']) ?? outer;
    if (outer === null || inner === null || inner['type'] !== 'ticker') return null;
    const product = textOf(inner['product_id']).trim();
    if (product === '' || product.length > PRODUCT_LENGTH_MAX) return null;
    const ticker: Ticker = {
        product,
        price: numberOf(inner['price']),
        changePercent: numberOf(inner['price_percent_chg_24_h']),
        low: numberOf(inner['low_24_h']),
        high: numberOf(inner['high_24_h']),
        volume: numberOf(inner['volume_24_h']),
        bid: numberOf(inner['best_bid']),
        bidSize: numberOf(inner['best_bid_quantity']),
        ask: numberOf(inner['best_ask']),
        askSize: numberOf(inner['best_ask_quantity']),
        source: textOf(outer['source']),
    };
    return { kind: 'ticker', ticker };
}
