// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GRACE_MS } from '../connection/connection.ts';
import { STALE_MS } from '../prices/price-board.ts';
import { CITY_WAIT_MS } from '../weather/city-weather.ts';
import { EVERYTHING, golden, GOLDEN_NOW, SETTLE_MS, TestPage, weatherOf } from './test-page.tsx';

const CARDS = ['Live prices', 'New Delhi', 'World news', 'stocks', 'Crypto movers'];

let page: TestPage;

const pill = () => document.querySelector('button[popovertarget]')?.textContent;
const announced = () => document.querySelector('main ~ p[role=status]')?.textContent;
const wait = (ms: number) => page.step(() => vi.advanceTimersByTime(ms));
const goLive = async (greeting?: Record<string, unknown>) => {
    await page.goLive(greeting);
    await wait(SETTLE_MS);
};

beforeEach(async () => {
    vi.useFakeTimers({ now: GOLDEN_NOW });
    vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
    vi.stubGlobal('IntersectionObserver', undefined);
    vi.stubGlobal('ResizeObserver', undefined);
    localStorage.clear();
    page = new TestPage();
    await page.open();
});

afterEach(async () => {
    await page.close();
    expect(page.wire.listenerCount()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    vi.unstubAllGlobals();
});

describe('loading', () => {
    test('waits with as many rows as will be shown', () => {
        expect(pill()).toBe('Connecting');
        expect(document.querySelectorAll('section')[0]?.querySelectorAll('tbody tr')).toHaveLength(
            10,
        );
        const busy = [...document.querySelectorAll('section')].map((card) =>
            card.getAttribute('aria-busy'),
        );
        expect(busy).toEqual(['true', 'true', 'true', 'true', 'true']);
    });

    test('each card asks once the line is ready, and says what it waits for', async () => {
        expect(page.wire.sent).toEqual([]);
        await page.step(() => page.wire.becomeReady());
        expect(page.wire.sentNames().toSorted()).toEqual([
            'cryptoTopCoinsRequest',
            'cryptoTopMoversRequest',
            'stockTopPerformersRequest',
            'topNewsRequest',
            'userLocationUpdate',
        ]);
        expect(page.card('Stocks')).toContain('The first prices take up to two minutes');
        expect(page.card('Live prices')).toContain('Waiting for prices');
    });
});

describe('live', () => {
    test('every card shows its golden payload', async () => {
        await goLive();
        expect(pill()).toBe('Live');
        expect(page.card('Live prices')).toContain('Coinbase');
        expect(document.querySelector('[data-product="BTC-USD"]')?.textContent).toContain(
            '$70,512.34',
        );
        expect(document.querySelector('[data-product="BTC-USD"]')?.textContent).toContain('₹123T');
        expect(page.card('New Delhi')).toMatch(/31°Scattered cloudsFeels like 33°/);
        expect(page.card('New Delhi')).toMatch(/42%.*11km\/h.*from the WNW.*6km.*1,009hPa/);
        expect(page.card('New Delhi')).toContain('Unhealthy for some PM2.5 38');
        expect(page.card('World news')).toContain('Harbour bridge reopens after repairs');
        expect(page.card('World news')).toContain('Example Daily');
        expect(page.card('US stocks')).toMatch(/NVDA.*181\.20.*\+2\.69%.*NKE.*61\.04.*−2\.96%/);
        expect(page.card('Crypto movers')).toMatch(/Solana.*\$3\.12B.*\$142\.37.*\+2\.41%/);
        expect(page.text).not.toMatch(/NaN|undefined|null|Invalid|Simulated/);
    });

    test('a story without a description is shown, and links open elsewhere without a trace', async () => {
        await goLive();
        const link = document.querySelector<HTMLAnchorElement>(
            'a[href="https://news.example/cafe"]',
        );
        expect(link?.textContent).toBe('Café culture: “third places” return');
        expect([link?.target, link?.rel]).toEqual(['_blank', 'noopener noreferrer']);
    });

    test('a row tells more when it is pressed, one per card', async () => {
        await goLive();
        const row = (name: string) =>
            [...document.querySelectorAll<HTMLButtonElement>('button[aria-expanded]')].find(
                (button) => button.textContent?.includes(name),
            );
        await page.step(() => row('NVDA')?.click());
        expect(row('NVDA')?.getAttribute('aria-expanded')).toBe('true');
        expect(page.card('US stocks')).toMatch(/Open177\.90.*High182\.10.*Prev\. close176\.45/);
        await page.step(() => row('NKE')?.click());
        expect(row('NVDA')?.getAttribute('aria-expanded')).toBe('false');
        expect(page.card('US stocks')).toContain('Prev. close62.90');
        await page.step(() => row('Solana')?.click());
        expect(page.card('Crypto movers')).toMatch(/Rank#6.*24 h low\$139\.55.*Market cap\$73\.2B/);
        await page.step(() => row('Bitcoin')?.click());
        expect(page.card('Live prices')).toContain('70,512.33');
    });

    test('a pinned coin is kept, and "Pinned" shows it alone', async () => {
        await goLive();
        await page.press('Pinned');
        expect(page.card('Live prices')).toContain('No pinned coins yet');
        await page.press('Show all coins');
        await page.press('Pin Bitcoin');
        expect(localStorage.getItem('flux.pins')).toBe('["BTC-USD"]');
        await page.press('Pinned');
        expect(document.querySelectorAll('[data-product]')).toHaveLength(1);
    });

    test('another tab that pins a coin is followed', async () => {
        await goLive();
        const event = new StorageEvent('storage', { key: 'flux.pins', newValue: '["BTC-USD"]' });
        await page.step(() => dispatchEvent(event));
        expect(page.button('Pin Bitcoin').getAttribute('aria-pressed')).toBe('true');
    });

    test('columns are sorted by pressing their heads', async () => {
        await goLive();
        const eth = structuredClone(golden('crypto_ticker_response')) as never as {
            data: { data: Record<string, string> };
        };
        Object.assign(eth.data.data, {
            product_id: 'ETH-USD',
            price: '3500',
            price_percent_chg_24_h: '9',
        });
        await page.step(() => page.wire.hear('cryptoTickerResponse', eth));
        await wait(SETTLE_MS);
        const order = () =>
            [...document.querySelectorAll('[data-product]')].map((row) =>
                row.getAttribute('data-product'),
            );
        expect(order()).toEqual(['BTC-USD', 'ETH-USD']);
        await page.press('24 h');
        expect(order()).toEqual(['ETH-USD', 'BTC-USD']);
        expect(page.button('24 h').closest('th')?.getAttribute('aria-sort')).toBe('descending');
        await page.press('24 h');
        expect(order()).toEqual(['BTC-USD', 'ETH-USD']);
    });
});

test('simulated cards are marked, and in the bar when all are', async () => {
    await goLive({ simulated: ['crypto'] });
    expect(page.card('Live prices')).toContain('Simulated');
    expect(page.card('Crypto movers')).toContain('Simulated');
    expect(page.card('World news')).not.toContain('Simulated');
    expect(page.text).not.toContain('Simulated data');
    for (const domain of ['weather', 'stock', 'news']) {
        const live = { ...golden('service_status_live'), domain, simulated: true };
        await page.step(() => page.wire.hear('serviceStatus', live));
    }
    expect(page.text).toContain('Simulated data');
});

describe('a source in trouble', () => {
    const trouble = {
        ...golden('service_status'),
        at: GOLDEN_NOW,
        error: 'source_down',
        state: 'down',
    };

    test.each([
        ['weather', 'New Delhi', 'The weather is not available'],
        ['crypto', 'Live prices', 'Live prices are not available'],
        ['crypto', 'Crypto movers', 'Crypto movers are not available'],
        ['stock', 'Stocks', 'Stock prices are not available'],
        ['news', 'World news', 'News is not available'],
    ])(
        'before the first data (%s): the card %s says so, the others wait',
        async (domain, title, words) => {
            await page.step(() => page.wire.becomeReady());
            await page.step(() => page.wire.hear('serviceStatus', { ...trouble, domain }));
            expect(page.card(title)).toContain(words);
            expect(page.card(title)).toContain('The source does not answer.');
            const busy = document.querySelectorAll('section[aria-busy=true]').length;
            expect(busy).toBe(domain === 'crypto' ? 3 : 4);
        },
    );

    test.each([
        ['weather', 'New Delhi', 31, '31°'],
        ['crypto', 'Crypto movers', 2, 'Solana'],
        ['stock', 'US stocks', 2, 'NVDA'],
        ['news', 'World news', 1, 'Harbour bridge'],
    ])('after data (%s): %s keeps them and shows their age', async (domain, title, _age, kept) => {
        await goLive();
        await wait(60_000);
        const later = { ...trouble, domain, at: GOLDEN_NOW + 60_000 };
        await page.step(() => page.wire.hear('serviceStatus', later));
        expect(page.card(title)).toContain(kept);
        expect(page.card(title)).toMatch(/Updated (\d+ (s|min|h) ago|\w+ \d+)/);
        const section = [...document.querySelectorAll('section')].find((card) =>
            card.textContent?.includes(kept),
        );
        expect(section?.dataset['still']).toBe('true');
        await page.step(() =>
            page.wire.hear('serviceStatus', { ...later, state: 'live', error: undefined }),
        );
        expect(page.card(title)).not.toContain('Updated');
    });

    test('it is announced once, and so is its end', async () => {
        await goLive();
        await page.step(() => page.wire.hear('serviceStatus', { ...trouble, domain: 'news' }));
        await wait(1);
        expect(announced()).toBe('News: not available. The last values stay.');
        await page.step(() =>
            page.wire.hear('serviceStatus', { ...trouble, domain: 'news', state: 'live' }),
        );
        await wait(10_000);
        expect(announced()).toBe('News: live again.');
    });

    test('"Try now" asks again', async () => {
        await page.step(() => page.wire.becomeReady());
        await page.step(() => page.wire.hear('serviceStatus', { ...trouble, domain: 'news' }));
        const before = page.wire.sentNames().filter((name) => name === 'topNewsRequest').length;
        await page.press('Try now');
        expect(page.wire.sentNames().filter((name) => name === 'topNewsRequest')).toHaveLength(
            before + 1,
        );
    });

    test('an answer that says why is shown until the first data', async () => {
        await page.step(() => page.wire.becomeReady());
        const refusal = { status: 'error', error: 'no_key', message: 'no key', retryAt: null };
        await page.step(() => page.wire.hear('newsUpdate', refusal));
        expect(page.card('World news')).toContain('There is no key for the source.');
        await page.step(() => page.wire.hear('newsUpdate', EVERYTHING.newsUpdate));
        expect(page.card('World news')).toContain('Harbour bridge');
    });
});

test('first data that never come are said to be missing, each card in its own time', async () => {
    await page.step(() => page.wire.becomeReady(golden('session_init')));
    await wait(9_999);
    expect(page.text).not.toContain('not available');
    await wait(1);
    for (const words of ['Live prices are', 'The weather is', 'News is', 'Crypto movers are']) {
        expect(page.text).toContain(`${words} not available`);
    }
    expect(page.text).not.toContain('Stock prices are not available');
    await wait(140_000);
    expect(page.text).toContain('Stock prices are not available');
    await goLive();
    expect(page.text).not.toContain('not available');
});

test.each([
    ['Live prices', STALE_MS],
    ['Crypto movers', 300_000],
    ['US stocks', 600_000],
    ['World news', 1_800_000],
    ['New Delhi', 3 * 3_600_000],
])('%s grow old after %d ms', async (title, afterMs) => {
    await goLive();
    await wait(afterMs + 11_000);
    expect(page.card(title)).toMatch(/Updated .* ago/);
    await page.step(() => {
        const fresh = structuredClone(golden('crypto_ticker_response'));
        page.wire.hear('cryptoTickerResponse', fresh);
    });
    expect(page.card('Live prices')).not.toContain('Updated');
});

describe('a lost line', () => {
    const lose = async () => {
        await goLive();
        await page.step(() => page.wire.hear('disconnect', 'transport close'));
        expect(pill()).toBe('Live');
        await wait(1_000);
        await page.step(() => page.wire.hear('connect_error', new Error('refused')));
        await wait(GRACE_MS);
    };

    test('pauses every card, tells when the next attempt is, and comes back', async () => {
        await lose();
        expect(pill()).toBe('Reconnecting');
        expect(page.text).toMatch(
            /Connection lost\. Showing the last values\. Trying again in \d s\./,
        );
        for (const title of CARDS) expect(page.card(title)).toMatch(/paused at \d\d:\d\d:\d\d/);
        expect(document.querySelectorAll('section[data-still=true]')).toHaveLength(5);
        expect(page.text).toContain('$70,512.34');
        expect(page.text).toContain('31°');
        await wait(0);
        expect(announced()).toBe('Connection lost. Showing the last values.');
        await page.step(() => page.wire.becomeReady(golden('session_init')));
        expect(pill()).toBe('Live');
        expect(page.text).not.toContain('paused at');
        await wait(10_000);
        expect(announced()).toBe('Live again.');
    });

    test('"Try now" starts the next attempt; after it the requests are made again', async () => {
        await lose();
        const before = page.wire.attempts;
        await page.press('Try now');
        expect(page.wire.attempts).toBe(before + 1);
        page.wire.sent.length = 0;
        await page.step(() => page.wire.becomeReady());
        expect(page.wire.sentNames()).toContain('userLocationUpdate');
        expect(page.wire.sentNames()).toContain('topNewsRequest');
    });
});

test('a server that is not there is said to be so, once for the whole page', async () => {
    await page.step(() => page.wire.hear('connect_error', new Error('refused')));
    await wait(GRACE_MS);
    expect(page.text).toContain('We cannot reach Flux');
    expect(page.text.split('We cannot reach Flux')).toHaveLength(2);
    await goLive();
    expect(page.text).not.toContain('We cannot reach Flux');
    expect(page.text).toContain('$70,512.34');
});

test('a price source that falls silent keeps its figures, without colour', async () => {
    await goLive();
    await wait(STALE_MS + 1_000);
    expect(page.card('Live prices')).toMatch(/Updated \d+ s ago/);
    expect(document.querySelector('[data-product="BTC-USD"]')?.hasAttribute('data-stale')).toBe(
        true,
    );
    expect(page.text).toContain('$70,512.34');
});

test('nothing that ticks is announced', async () => {
    await goLive();
    expect(document.querySelectorAll('[aria-live]')).toHaveLength(0);
    const status = document.querySelectorAll('[role=status]');
    expect(status).toHaveLength(1);
    expect(status[0]?.closest('section')).toBeNull();
});

describe('the city', () => {
    const pune = { city: 'Pune', region: 'Maharashtra', country: 'IN' };
    const choose = (place = pune) => page.step(() => page.features.weather.choose(place));

    test('the old weather stays, dimmed, until the new city answers', async () => {
        await goLive();
        await choose();
        expect(page.wire.sent.at(-1)).toEqual(['userLocationUpdate', pune]);
        expect(page.card('New Delhi')).toContain('Asking for Pune');
        expect(document.querySelector('[data-waiting=true]')).not.toBeNull();
        await page.step(() => page.wire.hear('weather.Pune.update', weatherOf('Pune')));
        expect(page.card('Pune')).toContain('Maharashtra, India');
        expect(document.querySelector('[data-waiting=true]')).toBeNull();
    });

    test('a city that does not answer is given up after eight seconds; the one before can be kept', async () => {
        await goLive();
        await choose();
        await wait(CITY_WAIT_MS);
        expect(page.text).toContain('The weather of Pune is not available');
        const keep = [...document.querySelectorAll('button')].find((b) =>
            b.textContent?.includes('New Delhi'),
        );
        await page.step(() => keep?.click());
        expect(page.card('New Delhi')).toContain('31°');
        expect(page.wire.sent.at(-1)).toMatchObject(['userLocationUpdate', { city: 'New Delhi' }]);
    });

    test('a city that nobody knows is named', async () => {
        await goLive();
        await choose({ city: 'Atlantis', region: '', country: 'GR' });
        await page.step(() => page.wire.hear('weatherError', golden('weather_error')));
        expect(page.text).toContain('No city called “Atlantis”');
        expect(page.text).toContain('Check the spelling, or type the nearest larger city.');
    });

    test('trouble with the city that is shown keeps its weather', async () => {
        await goLive();
        await wait(60_000);
        const error = {
            ...golden('weather_error'),
            error: 'source_down',
            city: 'new delhi',
            country: 'IN',
        };
        await page.step(() => page.wire.hear('weatherError', error));
        expect(page.card('New Delhi')).toContain('31°');
        expect(page.card('New Delhi')).toMatch(/Updated .* ago/);
    });
});
