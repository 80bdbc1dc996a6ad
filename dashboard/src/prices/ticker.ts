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
    /** Where the figures come from, as the source calls itself; empty when it does not say. */
    readonly source: string;
}

/** The server's own words when there are no prices. */
export interface Problem {
    readonly code: string;
    readonly message: string;
}

export type TickerMessage =
    | { readonly kind: 'ticker'; readonly ticker: Ticker }
    | { readonly kind: 'problem'; readonly problem: Problem };

const PRODUCT_LENGTH_MAX = 40;

type Fields = Record<string, unknown>;

/** Reads one `cryptoTickerResponse`. null: nothing in it that this page can use. */
export function readTickerMessage(payload: unknown): TickerMessage | null {
    const envelope = fieldsOf(payload);
    if (envelope === null) return null;
    if (envelope['status'] === 'error') {
        const code = textOf(envelope['error']);
        return { kind: 'problem', problem: { code, message: textOf(envelope['message']) } };
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
        source: textOf(outer['source']),
    };
    return { kind: 'ticker', ticker };
}

function fieldsOf(value: unknown): Fields | null {
    return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? (value as Fields)
        : null;
}

function textOf(value: unknown): string {
    return typeof value === 'string' ? value : '';
}

/** Numbers come as text, and now and then as numbers. Blank text is missing, not zero. */
function numberOf(value: unknown): number | null {
    if (typeof value === 'string' && value.trim() === '') return null;
    if (typeof value !== 'string' && typeof value !== 'number') return null;
    const number = Number(value);
    return Number.isFinite(number) ? number : null;
}
