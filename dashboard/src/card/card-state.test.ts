import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ConnectionState } from '../connection/connection.ts';
import { DomainBoard } from '../connection/domains.ts';
import { cardStateOf, type CardFacts } from './card-state.ts';

const golden = (name: string) => JSON.parse(readFileSync(`../src/contract/golden/${name}`, 'utf8'));
const NOW = 1_774_000_500_000;
const LINE: ConnectionState = {
    phase: 'live',
    readiness: 'ready',
    everLive: true,
    readyAt: NOW - 60_000,
    lostAt: null,
    retryAt: null,
    simulated: [],
    transport: 'websocket',
    answerMs: 8,
    clockSkewMs: 0,
    lastBreak: null,
};
const NOTHING: CardFacts = { dataAt: null, staleAfterMs: 300_000, problem: null };

const status = golden('service_status.json');
const domains = new DomainBoard();
domains.receive(status);
const limited = domains.store.get().get('stock');

function state(facts: Partial<CardFacts>, line: Partial<ConnectionState> = {}, domain = limited) {
    return cardStateOf({ ...NOTHING, ...facts }, { ...LINE, ...line }, domain, false, false, NOW);
}
const well = undefined;

test('nothing yet is loading, and after the first wait failed', () => {
    expect(cardStateOf(NOTHING, LINE, well, false, false, NOW).status).toBe('loading');
    expect(cardStateOf(NOTHING, LINE, well, false, true, NOW).status).toBe('failed');
});

test('nothing, and the source is known not to be well: failed at once, with the reason', () => {
    expect(state({})).toMatchObject({ status: 'failed', problem: { code: 'limit' } });
});

test('figures from before the trouble stay, with their age and the reason', () => {
    const dataAt = status.at - 1;
    expect(state({ dataAt })).toMatchObject({
        status: 'live',
        agedSince: dataAt,
        problem: { code: 'limit', retryAt: 1774000560000 },
    });
});

test('figures younger than the trouble are not touched by it', () => {
    expect(state({ dataAt: status.at })).toMatchObject({ agedSince: null, problem: null });
});

test("the trouble's time is the server's, the figures' this browser's", () => {
    expect(state({ dataAt: status.at }, { clockSkewMs: 5_000 }).problem).not.toBeNull();
});

test('old figures show their age without anybody having said why', () => {
    const facts = { ...NOTHING, dataAt: NOW - 300_000 };
    expect(cardStateOf(facts, LINE, well, false, false, NOW).agedSince).toBe(facts.dataAt);
    expect(cardStateOf(facts, LINE, well, false, false, NOW - 1).agedSince).toBeNull();
});

test.each(['reconnecting', 'offline'] as const)('%s: figures stand still', (phase) => {
    const lost = { phase, readyAt: null, lostAt: NOW - 2_000 };
    const shown = state({ dataAt: NOW }, lost, well);
    expect(shown).toMatchObject({
        paused: true,
        pausedAt: NOW - 2_000,
        connected: false,
        status: 'live',
    });
});

test('what a service says of itself counts more than the greeting', () => {
    const made = { simulated: true, problem: null, since: NOW };
    expect(cardStateOf(NOTHING, LINE, made, false, false, NOW).simulated).toBe(true);
    expect(
        cardStateOf(NOTHING, LINE, { ...made, simulated: false }, true, false, NOW).simulated,
    ).toBe(false);
});

test('a source that is well again has no trouble; one that stays unwell keeps its beginning', () => {
    const board = new DomainBoard();
    const of = () => board.store.get().get('stock');
    board.receive(status);
    board.receive({ ...status, at: status.at + 30_000 });
    expect(of()?.since).toBe(status.at);
    board.receive({ ...status, state: 'live', error: undefined });
    expect(of()?.problem).toBeNull();
    board.receive({ ...status, state: 'no_key', error: undefined, at: status.at + 90_000 });
    expect(of()).toMatchObject({ problem: { code: 'no_key' }, since: status.at + 90_000 });
});

test.each([null, 7, [], {}, { domain: '' }, { domain: 5 }])(
    'the status %j is nothing',
    (payload) => {
        const board = new DomainBoard();
        board.receive(payload);
        expect(board.store.get().size).toBe(0);
    },
);
