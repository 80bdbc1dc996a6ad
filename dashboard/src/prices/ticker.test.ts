import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readTickerMessage } from './ticker.ts';

/** The one valid example that the gateway's own tests read as well. */
function golden(name: string): unknown {
    return JSON.parse(readFileSync(`../src/contract/golden/${name}`, 'utf8'));
}

const response = golden('crypto_ticker_response.json') as { data: { data: object } };
function withFields(fields: object): unknown {
    const data = { ...response.data, data: { ...response.data.data, ...fields } };
    return { ...response, data };
}

test('reads the golden response', () => {
    expect(readTickerMessage(response)).toEqual({
        kind: 'ticker',
        ticker: {
            product: 'BTC-USD',
            price: 70512.34,
            changePercent: -1.27,
            low: 69010,
            high: 71240.5,
            volume: 8123.44120931,
            bid: 70512.33,
            bidSize: 0.1410022,
            ask: 70512.34,
            askSize: 0.0390171,
            source: 'coinbase',
        },
    });
});

test('reads a payload without the inner envelope, as older gateways send it', () => {
    const message = readTickerMessage({ status: 'success', data: response.data.data });
    expect(message).toMatchObject({ kind: 'ticker', ticker: { product: 'BTC-USD', source: '' } });
});

test.each([[undefined], [''], ['  '], ['abc'], [null], [{}], [true], ['1e999'], [NaN]])(
    'a price of %j is missing, never zero and never NaN',
    (price) => {
        expect(readTickerMessage(withFields({ price }))).toMatchObject({ ticker: { price: null } });
    },
);

test('numbers are taken as well as text', () => {
    const message = readTickerMessage(withFields({ price: 12.5 }));
    expect(message).toMatchObject({ ticker: { price: 12.5 } });
});

test("an error is told on, in the server's words", () => {
    expect(readTickerMessage(golden('error_reply.json'))).toEqual({
        kind: 'problem',
        problem: {
            code: 'rate_limited',
            message: 'too many requests from this page; try again in a moment',
            retryAt: 1774000502000,
        },
    });
});

test.each([
    [undefined],
    [null],
    ['text'],
    [7],
    [[]],
    [{}],
    [{ status: 'success' }],
    [{ status: 'success', data: null }],
    [{ status: 'success', data: [1] }],
    [{ status: 'success', data: { data: { type: 'other', product_id: 'BTC-USD' } } }],
    [golden('loading_reply.json')],
    [withFields({ product_id: '' })],
    [withFields({ product_id: 5 })],
    [withFields({ product_id: 'X'.repeat(41) })],
])('%j is nothing to show', (payload) => expect(readTickerMessage(payload)).toBeNull());
