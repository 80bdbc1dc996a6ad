import { ARROWS } from '../figures/change.tsx';
import { directionOf, EN_DASH, type Figures } from '../figures/figures.ts';
import { rangePlace } from '../figures/range-bar.tsx';
import { coinOf, type Coin } from './coins.ts';
import type { Quote } from './price-board.ts';
import { sparklineOf, tipPath } from './sparkline.ts';

/**
 * The live part of one row, table row or list row: it writes figures straight into the nodes that
 * React has made once. Only what differs from what is shown is written. Nodes are found by
 * `data-part`; a rendering may leave any of them out.
 */
export class RowView {
    readonly #parts = new Map<string, Element>();
    readonly #shown = new Map<string, string>();
    readonly #coin: Coin;
    #shownPrice: number | null = null;
    #flashes = 0;

    constructor(
        readonly row: HTMLElement,
        product: string,
        private readonly figures: Figures,
    ) {
        this.#coin = coinOf(product);
        for (const part of row.querySelectorAll('[data-part]')) {
            this.#parts.set(part.getAttribute('data-part') ?? '', part);
        }
    }

    /** Draws `quote`. `flash` is false for a first drawing and after a pause. */
    draw(quote: Quote, flash: boolean): void {
        const { price, changePercent, low, high, volume } = quote.ticker;
        this.#drawPrice(price, flash);
        this.#drawChange(changePercent);
        this.#drawSparkline(quote);
        this.#drawRange(price, low, high);
        const turnover = price === null || volume === null ? null : price * volume;
        this.#text('volume', this.figures.compactMoney(turnover, this.#coin.quote));
        this.#drawFacts(quote);
    }

    setStale(stale: boolean): void {
        this.row.toggleAttribute('data-stale', stale);
    }

    #drawPrice(price: number | null, flash: boolean): void {
        const before = this.#shownPrice;
        const changed = this.#text('price', this.figures.price(price, this.#coin.quote));
        this.#shownPrice = price;
        if (!changed || !flash || before === null || price === null || before === price) return;
        // Two names for one animation: going from one to the other restarts it without a layout.
        this.#flashes += 1;
        const name = `${price > before ? 'up' : 'down'}-${this.#flashes % 2}`;
        this.#attribute('price', 'data-flash', name);
    }

    #drawChange(percent: number | null): void {
        const direction = directionOf(percent);
        const shown = this.figures.percent(percent);
        this.#attribute('change', 'data-direction', shown === EN_DASH ? 'none' : direction);
        this.#attribute('arrow', 'd', ARROWS[direction]);
        this.#text('percent', shown);
        this.#text('spoken', this.figures.spokenPercent(percent));
    }

    #drawSparkline(quote: Quote): void {
        if (!this.#parts.has('line')) return;
        const line = sparklineOf(quote.ring);
        this.#attribute('spark', 'data-direction', line.path === '' ? 'none' : line.direction);
        this.#attribute('line', 'd', line.path);
        this.#attribute('lead', 'd', line.lead);
        this.#attribute('tip', 'd', tipPath(line.lastY));
    }

    #drawRange(price: number | null, low: number | null, high: number | null): void {
        this.#text('low', this.figures.rangeEnd(low));
        this.#text('high', this.figures.rangeEnd(high));
        const { x, known, words } = rangePlace(price, low, high);
        this.#attribute('marker', 'x', String(x));
        this.#attribute('range', 'data-known', String(known));
        this.#attribute('range', 'aria-label', `24 hour range: ${words}`);
    }

    /** What an opened row tells beneath itself. */
    #drawFacts({ ticker }: Quote): void {
        if (!this.#parts.has('bid')) return;
        const { figures } = this;
        this.#text('bid', figures.plainPrice(ticker.bid));
        this.#text('bid-size', `${figures.quantity(ticker.bidSize)} ${this.#coin.symbol}`);
        this.#text('ask', figures.plainPrice(ticker.ask));
        this.#text('ask-size', `${figures.quantity(ticker.askSize)} ${this.#coin.symbol}`);
        this.#text(
            'day',
            `${figures.plainPrice(ticker.low)} ${EN_DASH} ${figures.plainPrice(ticker.high)}`,
        );
        this.#text('base-volume', `${figures.quantity(ticker.volume)} ${this.#coin.symbol}`);
    }

    /** True if the text was another one. */
    #text(part: string, value: string): boolean {
        const node = this.#parts.get(part)?.firstChild;
        if (node === null || node === undefined || !this.#differs(part, value)) return false;
        node.nodeValue = value;
        return true;
    }

    #attribute(part: string, name: string, value: string): void {
        const element = this.#parts.get(part);
        if (element === undefined || !this.#differs(`${part} ${name}`, value)) return;
        element.setAttribute(name, value);
    }

    #differs(key: string, value: string): boolean {
        if (this.#shown.get(key) === value) return false;
        this.#shown.set(key, value);
        return true;
    }
}
