import type { Connection } from '../connection/connection.ts';
import type { Problem, Reply } from '../payload/fields.ts';
import { createStore, type Store } from '../store/store.ts';

export interface SnapshotState<T> {
    readonly data: T | null;
    /** From when the data are, ms of this browser's clock; null before the first. */
    readonly at: number | null;
    /** The server's last refusal; null once data have come again. */
    readonly problem: Problem | null;
}

/** How one kind of snapshot is asked for, heard and read. */
export interface SnapshotKind<T> {
    /** The event that brings it, pushed or asked for. */
    readonly event: string;
    /** The event that asks for it. */
    readonly request: string;
    readonly read: (payload: unknown) => Reply<T> | null;
    /** When the data were made, server's time in ms; null: when they came. */
    readonly madeAt: (data: T) => number | null;
    /** Whether two of them are the same: after a break the server sends the newest again. */
    readonly same: (a: T, b: T) => boolean;
}

/** The newest snapshot of one kind. What does not read as one never takes the place of what does. */
export class Snapshot<T> {
    readonly #store = createStore<SnapshotState<T>>({ data: null, at: null, problem: null });
    readonly store: Store<SnapshotState<T>> = this.#store;

    constructor(private readonly kind: SnapshotKind<T>) {}

    /** Asks whenever the line becomes ready, and listens, until the returned function is called. */
    follow(connection: Connection): () => void {
        const stopListening = connection.on(this.kind.event, (payload: unknown) => {
            this.receive(payload, Date.now(), connection.store.get().clockSkewMs);
        });
        const stopAsking = connection.whenReady(() => this.ask(connection));
        return () => {
            stopAsking();
            stopListening();
        };
    }

    ask(connection: Connection): void {
        connection.request(this.kind.request);
    }

    receive(payload: unknown, nowMs: number, clockSkewMs: number): void {
        const reply = this.kind.read(payload);
        if (reply === null) return;
        const before = this.#store.get();
        if (reply.kind === 'problem') {
            this.#store.set({ ...before, problem: reply.problem });
            return;
        }
        const { data } = reply;
        const known = before.data !== null && this.kind.same(before.data, data);
        const madeAt = this.kind.madeAt(data);
        const came = known && before.at !== null ? before.at : nowMs;
        const at = madeAt === null ? came : Math.min(nowMs, madeAt + clockSkewMs);
        if (known && before.problem === null && before.at === at) return;
        this.#store.set({ data: known ? before.data : data, at, problem: null });
    }
}
