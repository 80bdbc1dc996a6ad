import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createMovers, readMovers } from '../movers/movers.ts';
import { createNews, readNews } from '../news/news.ts';
import { readTopCoins } from '../prices/top-coins.ts';
import { createStocks, readStocks } from '../stocks/stocks.ts';

const golden = (name: string) =>
    JSON.parse(readFileSync(`../src/contract/golden/${name}.json`, 'utf8'));
const READERS = { readMovers, readNews, readTopCoins, readStocks };
const PAYLOADS = {
    readMovers: golden('crypto_top_movers_response'),
    readNews: golden('news_update'),
    readTopCoins: golden('crypto_top_coins_response'),
    readStocks: golden('stock_top_performers_response'),
};

describe.each(Object.entries(READERS))('%s', (name, read) => {
    const payload = PAYLOADS[name as keyof typeof PAYLOADS];

    test('reads the golden payload', () => expect(read(payload)?.kind).toBe('data'));

    test("tells an error on, in the server's words", () => {
        expect(read(golden('error_reply'))).toMatchObject({
            kind: 'problem',
            problem: { code: 'rate_limited' },
        });
    });

    test.each([
        undefined,
        null,
        7,
        'x',
        [],
        {},
        { status: 'success' },
        { status: 'success', data: 5 },
        golden('loading_reply'),
    ])('%j is nothing to show', (other) => expect(read(other)).toBeNull());

    test('survives every value of the golden payload being something odd', () => {
        for (const odd of [null, 7, 'x', [], {}, [null], { a: 1 }, true]) {
            for (const twisted of twists(payload, odd)) expect(() => read(twisted)).not.toThrow();
        }
    });
});

/** The payload with each of its values, in turn, replaced. */
function* twists(value: unknown, odd: unknown): Generator<unknown> {
    yield odd;
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
        for (const inner of twists((value as Record<string, unknown>)[key], odd)) {
            const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<
                string,
                unknown
            >;
            copy[key] = inner;
            yield copy;
        }
    }
}

test('movers that did not move, or the other way, are left out', () => {
    const payload = structuredClone(PAYLOADS.readMovers);
    const [solana] = payload.data.topGainers.data;
    payload.data.topGainers.data = [2.41, 0, 0.004, -1, null].map((change, index) => ({
        ...solana,
        id: `m${index}`,
        priceChangePercentage1h: change,
    }));
    const reply = readMovers(payload);
    expect(reply?.kind === 'data' && reply.data.gainers.map(({ id }) => id)).toEqual(['m0']);
});

test('a rank and sums that the source does not know are missing', () => {
    const payload = structuredClone(PAYLOADS.readMovers);
    Object.assign(payload.data.topLosers.data[0], {
        marketCapRank: 2 ** 53 - 1,
        marketCap: 0,
        totalVolume: 0,
    });
    const reply = readMovers(payload);
    expect(reply?.kind === 'data' && reply.data.losers[0]).toMatchObject({
        rank: null,
        marketCap: null,
        volume: null,
    });
});

test('a link that is no web address is none', () => {
    const payload = structuredClone(PAYLOADS.readNews);
    payload.data[0].url = 'javascript:alert(1)';
    payload.data[1].url = 'not an address';
    const reply = readNews(payload);
    expect(reply?.kind === 'data' && reply.data.map(({ url }) => url)).toEqual(['', '']);
});

test('markup in a title stays text, and a story told twice is one', () => {
    const payload = structuredClone(PAYLOADS.readNews);
    payload.data[0].title = '<b>x</b>';
    payload.data.push(payload.data[0]);
    const reply = readNews(payload);
    expect(reply?.kind === 'data' && reply.data.map(({ title }) => title)).toEqual([
        '<b>x</b>',
        payload.data[1].title,
    ]);
});

describe('a snapshot', () => {
    test("is from when it was made, by this browser's clock", () => {
        const stocks = createStocks();
        const madeAt = Date.parse('2026-03-20T15:02:11.870Z');
        stocks.receive(PAYLOADS.readStocks, madeAt + 60_000, 5_000);
        expect(stocks.store.get().at).toBe(madeAt + 5_000);
        stocks.receive(PAYLOADS.readStocks, madeAt + 61_000, 90_000);
        expect(stocks.store.get().at).toBe(madeAt + 61_000);
    });

    test('sent again after a break is not younger for it, and nothing is drawn anew', () => {
        const news = createNews();
        news.receive(PAYLOADS.readNews, 1_000, 0);
        const { data } = news.store.get();
        news.receive(structuredClone(PAYLOADS.readNews), 9_000, 0);
        expect(news.store.get()).toMatchObject({ at: 1_000 });
        expect(news.store.get().data).toBe(data);
    });

    test('that cannot be read never takes the place of a good one', () => {
        const movers = createMovers();
        movers.receive(PAYLOADS.readMovers, 5, 0);
        const { data } = movers.store.get();
        movers.receive(
            { status: 'success', data: { topGainers: { status: 'unavailable' } } },
            6,
            0,
        );
        movers.receive(golden('error_reply'), 7, 0);
        expect(movers.store.get().data).toBe(data);
        expect(movers.store.get().problem?.code).toBe('rate_limited');
        movers.receive(PAYLOADS.readMovers, 8, 0);
        expect(movers.store.get().problem).toBeNull();
    });
});
