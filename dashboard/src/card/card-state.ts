import { useElapsed, usePageTime } from '../clock/clock.ts';
import type { Connection, ConnectionState } from '../connection/connection.ts';
import type { DomainBoard, DomainStatus } from '../connection/domains.ts';
import type { Problem } from '../payload/fields.ts';
import { useStore } from '../store/store.ts';

/** What every card shows beside, or in place of, its figures. */
export interface CardState {
    /** `failed`: nothing has come, and it is known or long overdue. */
    readonly status: 'loading' | 'live' | 'failed';
    /** The figures are made up. */
    readonly simulated: boolean;
    /** The line is ready: what is missing now is the source's doing. */
    readonly connected: boolean;
    /** The line is down, so the figures stand still. */
    readonly paused: boolean;
    /** When they stopped, ms since the epoch, where known. */
    readonly pausedAt: number | null;
    /** The figures are old: from when, ms since the epoch. null while they are fresh. */
    readonly agedSince: number | null;
    /** Why there is nothing, or nothing newer; null when all is well or nobody said. */
    readonly problem: Problem | null;
}

/** What a card knows of its own figures. */
export interface CardFacts {
    /** From when the newest figures are, ms since the epoch; null before the first. */
    readonly dataAt: number | null;
    readonly staleAfterMs: number;
    /** The server's last answer to this card's own question, when it was a refusal. */
    readonly problem: Problem | null;
}

export function cardStateOf(
    facts: CardFacts,
    line: ConnectionState,
    domain: DomainStatus | undefined,
    simulated: boolean,
    waitedLong: boolean,
    nowMs: number,
): CardState {
    const { dataAt } = facts;
    const paused = line.phase === 'reconnecting' || line.phase === 'offline';
    // Figures younger than the trouble of their source are not touched by it.
    const domainSince = domain === undefined ? 0 : domain.since + line.clockSkewMs;
    const troubled = domain?.problem != null && (dataAt === null || dataAt < domainSince);
    const problem = (troubled ? domain.problem : null) ?? facts.problem;
    const old = dataAt !== null && (problem !== null || nowMs - dataAt >= facts.staleAfterMs);
    return {
        status: dataAt !== null ? 'live' : waitedLong || problem !== null ? 'failed' : 'loading',
        simulated: domain?.simulated ?? simulated,
        connected: line.readyAt !== null,
        paused,
        pausedAt: paused ? line.lostAt : null,
        agedSince: old ? dataAt : null,
        problem,
    };
}

/** The same, followed: `domain` is whose service feeds the card, `firstWaitMs` how long it may take. */
export function useCardState(
    connection: Connection,
    domains: DomainBoard,
    domain: string,
    facts: CardFacts,
    firstWaitMs: number,
): CardState {
    const line = useStore(connection.store);
    const known = useStore(domains.store);
    const waitedLong = useElapsed(line.readyAt, firstWaitMs);
    const now = usePageTime();
    const simulated = line.simulated.includes(domain);
    return cardStateOf(facts, line, known.get(domain), simulated, waitedLong, now);
}
