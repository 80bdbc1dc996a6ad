import type { Handler, Wire } from './wire.ts';

/** A socket whose other end is the test. */
export class TestWire implements Wire {
    readonly handlers = new Map<string, Set<Handler>>();
    readonly anyHandlers = new Set<Handler>();
    readonly sent: unknown[][] = [];
    /** What every emit with an acknowledgement is answered at once; undefined: not at all. */
    answer: unknown = { status: 'success', rooms: [] };
    attempts = 0;
    drops = 0;
    resumed = false;
    closed = false;

    connect(): void {
        this.attempts += 1;
    }
    drop(): void {
        this.drops += 1;
        this.hear('disconnect', 'forced close');
    }
    close(): void {
        this.closed = true;
    }
    emit(...args: unknown[]): void {
        const last = args.at(-1);
        if (typeof last !== 'function') {
            this.sent.push(args);
            return;
        }
        this.sent.push(args.slice(0, -1));
        if (this.answer !== undefined) last(this.answer);
    }
    on(event: string, handler: Handler): void {
        const set = this.handlers.get(event) ?? new Set();
        this.handlers.set(event, set.add(handler));
    }
    off(event: string, handler: Handler): void {
        this.handlers.get(event)?.delete(handler);
    }
    onAny(handler: Handler): void {
        this.anyHandlers.add(handler);
    }
    offAny(handler: Handler): void {
        this.anyHandlers.delete(handler);
    }
    recovered(): boolean {
        return this.resumed;
    }
    transport(): string {
        return 'websocket';
    }
    hear(event: string, ...args: unknown[]): void {
        for (const handler of [...this.anyHandlers]) handler(event, ...args);
        for (const handler of [...(this.handlers.get(event) ?? [])]) handler(...args);
    }
    becomeReady(greeting: unknown = { userId: 'u', userType: 'guest', simulated: [] }): void {
        this.hear('connect');
        this.hear('session:init', greeting);
    }
    /** Names of the events the page has sent, in order. */
    sentNames(): string[] {
        return this.sent.map(([name]) => String(name));
    }
    listenerCount(): number {
        const named = [...this.handlers.values()].reduce((sum, set) => sum + set.size, 0);
        return named + this.anyHandlers.size;
    }
}
