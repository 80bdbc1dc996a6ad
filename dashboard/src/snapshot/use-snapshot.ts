import { useEffect } from 'react';
import { useCardState, type CardState } from '../card/card-state.ts';
import type { Connection } from '../connection/connection.ts';
import type { DomainBoard } from '../connection/domains.ts';
import { useStore } from '../store/store.ts';
import type { Snapshot } from './snapshot.ts';

export interface SnapshotRhythm {
    /** Whose service makes it. */
    readonly domain: string;
    readonly staleAfterMs: number;
    /** How long the first one may take after the line became ready. */
    readonly firstWaitMs: number;
}

export interface SnapshotView<T> {
    readonly data: T | null;
    readonly at: number | null;
    readonly card: CardState;
    readonly onTryNow: () => void;
}

/** What the hooks of all cards with a snapshot have in common. */
export function useSnapshot<T>(
    connection: Connection,
    domains: DomainBoard,
    snapshot: Snapshot<T>,
    { domain, staleAfterMs, firstWaitMs }: SnapshotRhythm,
): SnapshotView<T> {
    useEffect(() => snapshot.follow(connection), [connection, snapshot]);
    const { data, at, problem } = useStore(snapshot.store);
    const facts = { dataAt: at, staleAfterMs, problem: data === null ? problem : null };
    const card = useCardState(connection, domains, domain, facts, firstWaitMs);
    return { data, at, card, onTryNow: () => snapshot.ask(connection) };
}
