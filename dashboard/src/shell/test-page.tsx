import { readFileSync } from 'node:fs';
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { Connection } from '../connection/connection.ts';
import { DomainBoard } from '../connection/domains.ts';
import { TestWire } from '../connection/test-wire.ts';
import { createFigures } from '../figures/figures.ts';
import { createMovers } from '../movers/movers.ts';
import { createNews } from '../news/news.ts';
import { DEFAULT_PLACE } from '../place/place.ts';
import { createPins } from '../prices/pins.ts';
import { PriceBoard, SETTLE_MS } from '../prices/price-board.ts';
import { PricePainter } from '../prices/price-painter.ts';
import { createTopCoins } from '../prices/top-coins.ts';
import { createStocks } from '../stocks/stocks.ts';
import { CityWeather } from '../weather/city-weather.ts';
import { Page, type Features } from './page.tsx';

/** The one valid example that the gateway's own tests read as well. */
export function golden<T extends object = Readonly<Record<string, unknown>>>(name: string): T {
    return JSON.parse(readFileSync(`../src/contract/golden/${name}.json`, 'utf8')) as T;
}

/** When the golden payloads were made, about. */
export const GOLDEN_NOW = 1_774_000_502_000;

/** What brings every card to life: event and golden payload. */
export const EVERYTHING = {
    'weather.New Delhi.update': weatherOf('New Delhi'),
    cryptoTopCoinsResponse: golden('crypto_top_coins_response'),
    cryptoTickerResponse: golden('crypto_ticker_response'),
    cryptoTopMoversResponse: golden('crypto_top_movers_response'),
    stockTopPerformersResponse: golden('stock_top_performers_response'),
    newsUpdate: golden('news_update'),
} as const;

/** The golden weather, as if it were another city's. */
export function weatherOf(city: string, country = 'IN'): Record<string, unknown> {
    const payload = golden<{ data: object }>('weather_update');
    return { ...payload, data: { ...payload.data, city, country } };
}

/** The whole page against a socket in the test. Needs fake timers. */
export class TestPage {
    readonly wire = new TestWire();
    readonly features: Features;
    #root: Root | null = null;
    #stop: () => void = () => {};

    constructor() {
        const network = { onLine: () => true, servedFromThisMachine: () => true };
        const board = new PriceBoard();
        this.features = {
            connection: new Connection(this.wire, network, () => 0.5),
            domains: new DomainBoard(),
            prices: {
                board,
                painter: new PricePainter(board, createFigures('en-US')),
                topCoins: createTopCoins(),
                pins: createPins(),
            },
            weather: new CityWeather(DEFAULT_PLACE, () => {}),
            news: createNews(),
            stocks: createStocks(),
            movers: createMovers(),
        };
    }

    async open(): Promise<void> {
        document.body.innerHTML = '<div></div>';
        this.#root = createRoot(document.body.firstElementChild as Element);
        await this.step(() => this.#root?.render(<Page {...this.features} />));
        await this.step(() => (this.#stop = this.features.connection.start()));
    }

    async close(): Promise<void> {
        await this.step(() => this.#root?.unmount());
        this.#stop();
    }

    step(action: () => void): Promise<void> {
        return act(async () => action());
    }

    /** Greets the page and sends it every golden payload. */
    async goLive(greeting: Record<string, unknown> = {}): Promise<void> {
        await this.step(() => {
            this.wire.becomeReady({ ...golden('session_init'), simulated: [], ...greeting });
            for (const [event, payload] of Object.entries(EVERYTHING))
                this.wire.hear(event, payload);
        });
        await this.step(() => void 0);
    }

    /** The text of a card, by a word of its title. */
    card(title: string): string {
        const cards = [...document.querySelectorAll('section')];
        return (
            cards.find((card) => card.querySelector('h2')?.textContent?.includes(title))
                ?.textContent ?? ''
        );
    }

    get text(): string {
        return document.body.textContent ?? '';
    }

    /** The button that reads, or is called, like this. */
    button(words: string): HTMLButtonElement {
        const all = [...document.querySelectorAll('button')];
        const found = all.find((button) => {
            return button.textContent === words || button.getAttribute('aria-label') === words;
        });
        if (found === undefined)
            throw new Error(`no button says "${words}": ${all.map((b) => b.textContent)}`);
        return found;
    }

    press(words: string): Promise<void> {
        return this.step(() => this.button(words).click());
    }
}

export { SETTLE_MS };
