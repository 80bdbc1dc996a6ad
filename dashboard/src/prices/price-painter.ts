import type { Figures } from '../figures/figures.ts';
import { STALE_MS, type PriceBoard } from './price-board.ts';
import { RowView } from './row-view.ts';

interface Painted {
    readonly view: RowView;
    visible: boolean;
}

/**
 * Brings the board's quotes onto the screen, at most once per frame and without React. Rows outside
 * the viewport wait until they are seen; a hidden tab draws nothing, and once without flash when it
 * is looked at again.
 */
export class PricePainter {
    readonly #rows = new Map<string, Painted>();
    readonly #dirty = new Set<string>();
    readonly #observer: IntersectionObserver | null;
    #frame = 0;
    #quiet = false;

    constructor(
        private readonly board: PriceBoard,
        private readonly figures: Figures,
    ) {
        this.#observer =
            typeof IntersectionObserver === 'undefined'
                ? null
                : new IntersectionObserver((entries) => this.#onSeen(entries), { rootMargin: '120px' });
    }

    /** Follows the board until the returned function is called. */
    start(): () => void {
        this.board.onChange = (product) => this.#mark(product);
        return () => {
            this.board.onChange = () => {};
            cancelAnimationFrame(this.#frame);
            this.#frame = 0;
            this.#dirty.clear();
        };
    }

    /** Keeps `row` up to date until the returned function is called. Draws it at once. */
    attach(product: string, row: HTMLElement): () => void {
        const view = new RowView(row, product, this.figures);
        const quote = this.board.quote(product);
        if (quote !== undefined) view.draw(quote, false);
        this.#rows.set(product, { view, visible: true });
        this.#observer?.observe(row);
        return () => {
            this.#observer?.unobserve(row);
            if (this.#rows.get(product)?.view === view) this.#rows.delete(product);
        };
    }

    /** Greys the rows that have not been heard of for a while. To be called about once a second. */
    checkStale(nowMs: number): void {
        for (const [product, { view }] of this.#rows) {
            const heardAt = this.board.quote(product)?.heardAt ?? nowMs;
            view.setStale(nowMs - heardAt >= STALE_MS);
        }
    }

    #mark(product: string): void {
        this.#dirty.add(product);
        if (document.hidden) this.#quiet = true;
        if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
    }

    #draw(): void {
        this.#frame = 0;
        for (const product of this.#dirty) {
            const row = this.#rows.get(product);
            if (row !== undefined && !row.visible) continue;
            this.#dirty.delete(product);
            const quote = this.board.quote(product);
            if (row === undefined || quote === undefined) continue;
            row.view.draw(quote, !this.#quiet);
            row.view.setStale(false);
        }
        this.#quiet = false;
    }

    #onSeen(entries: readonly IntersectionObserverEntry[]): void {
        for (const entry of entries) {
            for (const painted of this.#rows.values()) {
                if (painted.view.row === entry.target) painted.visible = entry.isIntersecting;
            }
        }
        if (this.#dirty.size > 0 && this.#frame === 0) {
            this.#frame = requestAnimationFrame(() => this.#draw());
        }
    }
}
