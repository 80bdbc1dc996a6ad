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
    /** A product may be drawn in several places: its row, and what is opened beneath it. */
    readonly #rows = new Map<string, Set<Painted>>();
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
                : new IntersectionObserver((entries) => this.#onSeen(entries), {
                      rootMargin: '120px',
                  });
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
        const painted: Painted = { view: new RowView(row, product, this.figures), visible: true };
        const quote = this.board.quote(product);
        if (quote !== undefined) painted.view.draw(quote, false);
        const places = this.#rows.get(product) ?? new Set();
        this.#rows.set(product, places.add(painted));
        this.#observer?.observe(row);
        return () => {
            this.#observer?.unobserve(row);
            places.delete(painted);
            if (places.size === 0 && this.#rows.get(product) === places) this.#rows.delete(product);
        };
    }

    /** Greys the rows that have not been heard of for a while. To be called about once a second. */
    checkStale(nowMs: number): void {
        for (const [product, places] of this.#rows) {
            const heardAt = this.board.quote(product)?.heardAt ?? nowMs;
            for (const { view } of places) view.setStale(nowMs - heardAt >= STALE_MS);
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
            const places = this.#rows.get(product);
            const quote = this.board.quote(product);
            if (places === undefined || quote === undefined) {
                this.#dirty.delete(product);
                continue;
            }
            let waits = false;
            for (const { view, visible } of places) {
                waits ||= !visible;
                if (!visible) continue;
                view.draw(quote, !this.#quiet);
                view.setStale(false);
            }
            if (!waits) this.#dirty.delete(product);
        }
        this.#quiet = false;
    }

    #onSeen(entries: readonly IntersectionObserverEntry[]): void {
        for (const entry of entries) {
            for (const painted of [...this.#rows.values()].flatMap((places) => [...places])) {
                if (painted.view.row === entry.target) painted.visible = entry.isIntersecting;
            }
        }
        if (this.#dirty.size > 0 && this.#frame === 0) {
            this.#frame = requestAnimationFrame(() => this.#draw());
        }
    }
}
