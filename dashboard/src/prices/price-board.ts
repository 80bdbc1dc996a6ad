import type { Problem } from '../payload/fields.ts';
import { createStore, type Store } from '../store/store.ts';
import { compareProducts } from './coins.ts';
import { PriceRing } from './price-ring.ts';
import type { Ticker, TickerMessage } from './ticker.ts';

/** Everything the page keeps of one product. */
export interface Quote {
    readonly ticker: Ticker;
    readonly ring: PriceRing;
    /** When the newest tick arrived, ms since the epoch. */
    readonly heardAt: number;
}

/** What rarely changes, and what React renders from. Prices are not in here. */
export interface BoardState {
    /** The products that have ticks, the best known first. */
    readonly products: readonly string[];
    /** The source's name as it writes itself; empty before the first tick. */
    readonly source: string;
    /** The server's last word that there are no prices; null once one has come again. */
    readonly problem: Problem | null;
    /** When the card fell silent, ms since the epoch; null while ticks arrive. */
    readonly silentSince: number | null;
}

/** More products than any configuration names; the rest are counted and not shown. */
export const PRODUCTS_MAX = 200;
/** A row, and the card, is stale after this long without a tick. */
export const STALE_MS = 15_000;
/** Rows appear together: once no new product has come for SETTLE_MS, at the latest after SETTLE_MAX_MS. */
export const SETTLE_MS = 300;
export const SETTLE_MAX_MS = 1_500;

/**
 * The newest quote of every product. A tick costs one map write and a mark; who draws asks for the
 * marked products when it is time to draw.
 */
export class PriceBoard {
    readonly #quotes = new Map<string, Quote>();
    readonly #store = createStore<BoardState>({
        products: [],
        source: '',
        problem: null,
        silentSince: null,
    });
    readonly store: Store<BoardState> = this.#store;
    #heardAt = 0;
    #firstUnlistedAt = 0;
    #settleTimer: ReturnType<typeof setTimeout> | undefined;
    #refused = 0;

    /** Called for each product whose quote has changed. */
    onChange: (product: string) => void = () => {};

    /** Ticks of products beyond PRODUCTS_MAX, dropped. */
    get refused(): number {
        return this.#refused;
    }

    quote(product: string): Quote | undefined {
        return this.#quotes.get(product);
    }

    receive(message: TickerMessage, nowMs: number): void {
        if (message.kind === 'problem') {
            this.#change({ problem: message.problem });
            return;
        }
        const { ticker } = message;
        const before = this.#quotes.get(ticker.product);
        if (before === undefined && this.#quotes.size >= PRODUCTS_MAX) {
            this.#refused += 1;
            return;
        }
        const ring = before?.ring ?? new PriceRing();
        if (ticker.price !== null) ring.push(ticker.price);
        this.#quotes.set(ticker.product, { ticker, ring, heardAt: nowMs });
        this.#heardAt = nowMs;
        if (before === undefined) this.#listSoon(nowMs);
        this.#noteAlive(ticker.source);
        this.onChange(ticker.product);
    }

    /** Notes whether the whole card has fallen silent. To be called about once a second. */
    checkSilence(nowMs: number): void {
        const silent = this.#quotes.size > 0 && nowMs - this.#heardAt >= STALE_MS;
        const { silentSince } = this.#store.get();
        if (silent && silentSince === null) this.#change({ silentSince: this.#heardAt });
    }

    /** Forgets pending work; the quotes stay. */
    stop(): void {
        clearTimeout(this.#settleTimer);
        this.#settleTimer = undefined;
    }

    #noteAlive(source: string): void {
        const state = this.#store.get();
        const same = state.source === source || source === '';
        if (same && state.problem === null && state.silentSince === null) return;
        this.#change({ source: source || state.source, problem: null, silentSince: null });
    }

    /** One row at a time would push the rows below it down a dozen times. */
    #listSoon(nowMs: number): void {
        if (this.#settleTimer === undefined) this.#firstUnlistedAt = nowMs;
        clearTimeout(this.#settleTimer);
        const left = this.#firstUnlistedAt + SETTLE_MAX_MS - nowMs;
        this.#settleTimer = setTimeout(
            () => {
                this.#settleTimer = undefined;
                this.#change({ products: [...this.#quotes.keys()].sort(compareProducts) });
            },
            Math.max(0, Math.min(SETTLE_MS, left)),
        );
    }

    #change(change: Partial<BoardState>): void {
        this.#store.set({ ...this.#store.get(), ...change });
    }
}
