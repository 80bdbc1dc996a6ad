// @vitest-environment happy-dom
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEFAULT_PLACE } from '../place/place.ts';
import { Connection, GRACE_MS, GREETING_MS, LOCATION_MS, type Network } from './connection.ts';
import { retryDelayMs } from './retry-delay.ts';
import { TestWire } from './test-wire.ts';

function golden<T>(name: string): T {
    return JSON.parse(readFileSync(`../src/contract/golden/${name}`, 'utf8')) as T;
}

const network = { online: true, local: true };
const testNetwork: Network = {
    onLine: () => network.online,
    servedFromThisMachine: () => network.local,
};

let wire: TestWire;
let connection: Connection;
let stop: () => void;
const phase = () => connection.store.get().phase;

beforeEach(() => {
    vi.useFakeTimers();
    Object.assign(network, { online: true, local: true });
    wire = new TestWire();
    connection = new Connection(wire, testNetwork, () => 0.5);
    stop = connection.start();
});

afterEach(() => {
    stop();
    vi.useRealTimers();
});

describe('readiness', () => {
    const readiness = () => connection.store.get().readiness;

    test('is connect, then the greeting, then the location, then ready', () => {
        let acknowledge: (answer: unknown) => void = () => {};
        const asked = vi.fn();
        connection.whenReady(asked);
        wire.emit = (...args) => {
            wire.sent.push(args.slice(0, 2));
            acknowledge = args[2] as typeof acknowledge;
        };
        expect([phase(), readiness()]).toEqual(['connecting', 'connect']);
        wire.hear('connect');
        expect([phase(), readiness()]).toEqual(['connecting', 'session']);
        expect(wire.sent).toEqual([]);
        wire.hear('session:init', { simulated: ['crypto'] });
        expect(wire.sent).toEqual([['userLocationUpdate', DEFAULT_PLACE]]);
        expect([phase(), readiness()]).toEqual(['connecting', 'location']);
        expect(asked).not.toHaveBeenCalled();
        acknowledge(golden('joined_reply.json'));
        expect([phase(), readiness()]).toEqual(['live', 'ready']);
        expect(asked).toHaveBeenCalledOnce();
        expect(connection.store.get().simulated).toEqual(['crypto']);
        expect(connection.store.get().answerMs).toBeGreaterThan(0);
    });

    test('does not wait for ever for a gateway that acknowledges nothing', () => {
        wire.answer = undefined;
        wire.becomeReady();
        vi.advanceTimersByTime(LOCATION_MS - 1);
        expect(phase()).toBe('connecting');
        vi.advanceTimersByTime(1);
        expect(phase()).toBe('live');
    });

    test('a place that the server refuses is told, and the default one sent in its stead', () => {
        const refused = vi.fn();
        const odd = { city: 'Odd', region: '', country: '' };
        connection.setLocation(odd, refused);
        wire.emit = (...args) => {
            wire.sent.push(args.slice(0, 2));
            const bad = { status: 'error', error: 'bad_request', message: 'no such place' };
            const answer = (args[1] as typeof odd).city === 'Odd' ? bad : { status: 'success' };
            (args[2] as (answer: unknown) => void)(answer);
        };
        wire.becomeReady();
        expect(refused).toHaveBeenCalledOnce();
        expect(wire.sent.map(([, place]) => place)).toEqual([odd, DEFAULT_PLACE]);
        expect(phase()).toBe('live');
    });

    test('a place that came too fast is sent again when the server says so', () => {
        const later = { ...golden<object>('error_reply.json'), retryAt: Date.now() + 4_000 };
        wire.answer = later;
        wire.becomeReady();
        expect(phase()).toBe('connecting');
        wire.answer = { status: 'success' };
        vi.advanceTimersByTime(4_000);
        expect(wire.sent).toHaveLength(2);
        expect(phase()).toBe('live');
    });

    test('another place is sent at once, and after every greeting', () => {
        wire.becomeReady();
        const pune = golden<{ city: string; region: string; country: string }>(
            'user_location_update.json',
        );
        connection.setLocation(pune);
        expect(wire.sent.at(-1)).toEqual(['userLocationUpdate', pune]);
        wire.hear('disconnect', 'transport close');
        connection.tryNow();
        wire.becomeReady();
        expect(wire.sent.at(-1)).toEqual(['userLocationUpdate', pune]);
        expect(wire.sent).toHaveLength(3);
    });

    test('requests are made of a ready line only, and again after each return', () => {
        const task = vi.fn(() => connection.request('topNewsRequest'));
        const stopAsking = connection.whenReady(task);
        connection.request('topNewsRequest');
        expect(wire.sent).toEqual([]);
        wire.becomeReady();
        wire.hear('disconnect', 'transport close');
        connection.tryNow();
        wire.becomeReady();
        expect(wire.sentNames().filter((name) => name === 'topNewsRequest')).toHaveLength(2);
        stopAsking();
        wire.hear('disconnect', 'transport close');
        connection.tryNow();
        wire.becomeReady();
        expect(task).toHaveBeenCalledTimes(2);
    });

    test('how long an answer takes is measured on demand, and forgotten with the line', () => {
        wire.becomeReady();
        connection.measure();
        expect(wire.sentNames()).toContain('getUserId');
        expect(connection.store.get().answerMs).toBeGreaterThan(0);
        wire.hear('disconnect', 'transport close');
        expect(connection.store.get().answerMs).toBeNull();
    });

    test("the server's clock is told from this one's, but not by a blink", () => {
        wire.becomeReady({ serverTime: Date.now() - 60_000 });
        expect(connection.store.get().clockSkewMs).toBe(60_000);
        wire.becomeReady({ serverTime: Date.now() - 900 });
        expect(connection.store.get().clockSkewMs).toBe(0);
    });

    test('a line without greeting is dropped and tried again', () => {
        wire.hear('connect');
        vi.advanceTimersByTime(GREETING_MS);
        expect(wire.drops).toBe(1);
        vi.advanceTimersByTime(2_000);
        expect(wire.attempts).toBe(2);
    });

    test.each([undefined, null, 'x', {}, { simulated: 'crypto' }, { simulated: [1, null] }])(
        'the greeting %j is survived, with nothing simulated',
        (greeting) => {
            wire.becomeReady(greeting);
            expect(phase()).toBe('live');
            expect(connection.store.get().simulated).toEqual([]);
        },
    );
});

describe('a lost line', () => {
    test('is not told within the grace time', () => {
        wire.becomeReady();
        wire.hear('disconnect', 'transport close');
        expect(phase()).toBe('live');
        vi.advanceTimersByTime(1_000);
        expect(wire.attempts).toBe(2);
        wire.becomeReady();
        vi.advanceTimersByTime(60_000);
        expect(phase()).toBe('live');
    });

    test('is told afterwards, with the moment of the next attempt', () => {
        wire.becomeReady();
        const lostAt = Date.now();
        wire.hear('disconnect', 'transport close');
        vi.advanceTimersByTime(1_000);
        wire.hear('connect_error', new Error('refused'));
        vi.advanceTimersByTime(GRACE_MS - 1_000);
        expect(connection.store.get()).toMatchObject({
            phase: 'reconnecting',
            lostAt,
            retryAt: lostAt + 1_000 + 2_000,
        });
    });

    test('sends the location again and remembers whether something was missed', () => {
        wire.becomeReady();
        const lostAt = Date.now();
        wire.hear('disconnect', 'transport close');
        wire.resumed = true;
        vi.advanceTimersByTime(1_000);
        wire.becomeReady();
        expect(wire.sent).toHaveLength(2);
        expect(connection.store.get().lastBreak).toEqual({ at: lostAt, missedNothing: true });
        expect(connection.store.get().lostAt).toBeNull();
    });

    test('is tried for ever, never further apart than 7.5 s', () => {
        wire.becomeReady();
        wire.hear('disconnect', 'transport close');
        for (let round = 0; round < 50; round += 1) {
            const before = wire.attempts;
            vi.advanceTimersByTime(7_500);
            expect(wire.attempts).toBeGreaterThan(before);
            wire.hear('connect_error', new Error('refused'));
        }
    });

    test('"Try now" does not wait, and does not start a second attempt', () => {
        wire.becomeReady();
        wire.hear('disconnect', 'transport close');
        connection.tryNow();
        connection.tryNow();
        expect(wire.attempts).toBe(2);
        expect(connection.store.get().retryAt).toBeNull();
    });
});

test('a server that never answers is "unreachable", and is left as soon as it answers', () => {
    wire.hear('connect_error', new Error('refused'));
    expect(phase()).toBe('connecting');
    vi.advanceTimersByTime(GRACE_MS);
    expect(phase()).toBe('unreachable');
    wire.becomeReady();
    expect(phase()).toBe('live');
});

describe('without a network', () => {
    test('a lost line is "offline", and the return of the network is used at once', () => {
        wire.becomeReady();
        network.online = false;
        wire.hear('disconnect', 'transport close');
        vi.advanceTimersByTime(GRACE_MS);
        expect(phase()).toBe('offline');
        wire.hear('connect_error', new Error('refused'));
        const before = wire.attempts;
        network.online = true;
        dispatchEvent(new Event('online'));
        expect(wire.attempts).toBe(before + 1);
        expect(phase()).toBe('reconnecting');
    });

    test('a server on this machine stays live', () => {
        wire.becomeReady();
        network.online = false;
        dispatchEvent(new Event('offline'));
        expect(phase()).toBe('live');
    });

    test('a server elsewhere is offline at once, and the old line is not trusted afterwards', () => {
        network.local = false;
        wire.becomeReady();
        network.online = false;
        dispatchEvent(new Event('offline'));
        expect(phase()).toBe('offline');
        network.online = true;
        dispatchEvent(new Event('online'));
        expect(wire.drops).toBe(1);
    });
});

test('stop leaves no listener and no timer behind', () => {
    wire.hear('connect_error', new Error('refused'));
    stop();
    expect(wire.closed).toBe(true);
    expect(wire.listenerCount()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
});

test('retries wait 1 s, then twice as long each time up to 5 s, +-50 %', () => {
    expect([0, 1, 2, 3, 30].map((n) => retryDelayMs(n, 0.5))).toEqual([
        1000, 2000, 4000, 5000, 5000,
    ]);
    expect(retryDelayMs(0, 0)).toBe(500);
    expect(retryDelayMs(9, 0.999999)).toBe(7500);
});
