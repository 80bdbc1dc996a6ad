import { useEffect } from 'react';
import { fieldsOf, momentOf, problemOf, textOf, type Problem } from '../payload/fields.ts';
import { createStore, useStore, type Store } from '../store/store.ts';
import type { Connection } from './connection.ts';

/** What the gateway said last of the service behind some cards. */
export interface DomainStatus {
    readonly simulated: boolean;
    /** Why it is not well; null while it is live. */
    readonly problem: Problem | null;
    /** When it left the state "live", server's time in ms; figures younger than this are well. */
    readonly since: number;
}

export type Domains = ReadonlyMap<string, DomainStatus>;

/** More domains than there are; the rest of what somebody sends is not kept. */
const DOMAINS_MAX = 32;

/** Follows `serviceStatus`, the newest of each domain. */
export class DomainBoard {
    readonly #store = createStore<Domains>(new Map());
    readonly store: Store<Domains> = this.#store;

    follow(connection: Pick<Connection, 'on'>): () => void {
        return connection.on('serviceStatus', (payload: unknown) => this.receive(payload));
    }

    receive(payload: unknown): void {
        const fields = fieldsOf(payload);
        const domain = textOf(fields?.['domain']);
        if (fields === null || domain === '') return;
        const before = this.#store.get().get(domain);
        if (before === undefined && this.#store.get().size >= DOMAINS_MAX) return;
        const isLive = fields['state'] === 'live';
        const at = momentOf(fields['at']) ?? Date.now();
        const next: DomainStatus = {
            simulated: fields['simulated'] === true,
            problem: isLive ? null : problemFrom(fields),
            since: before?.problem != null ? before.since : at,
        };
        if (before !== undefined && sameStatus(before, next)) return;
        this.#store.set(new Map(this.#store.get()).set(domain, next));
    }
}

/** `no_key` is a state of its own; its record may leave the error out. */
function problemFrom(fields: ReturnType<typeof fieldsOf> & object): Problem {
    const problem = problemOf(fields);
    if (problem.code !== '') return problem;
    return { ...problem, code: fields['state'] === 'no_key' ? 'no_key' : 'source_down' };
}

function sameStatus(a: DomainStatus, b: DomainStatus): boolean {
    if (a.simulated !== b.simulated) return false;
    if (a.problem === null || b.problem === null) return a.problem === b.problem;
    return (
        a.problem.code === b.problem.code &&
        a.problem.message === b.problem.message &&
        a.problem.retryAt === b.problem.retryAt &&
        a.since === b.since
    );
}

/** The feature "how the sources are". */
export function useDomains(board: DomainBoard, connection: Connection): Domains {
    useEffect(() => board.follow(connection), [board, connection]);
    return useStore(board.store);
}
