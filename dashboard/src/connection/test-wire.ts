import type { Handler, Wire } from './wire.ts';

/** A socket whose other end is the test. */
export class TestWire implements Wire {
    readonly handlers = new Map<string, Set<Handler>>();
    readonly sent: unknown[][] = [];
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
        this.sent.push(args);
    }
    on(event: string, handler: Handler): void {
        const set = this.handlers.get(event) ?? new Set();
        this.handlers.set(event, set.add(handler));
    }
    off(event: string, handler: Handler): void {
        this.handlers.get(event)?.delete(handler);
    }
    recovered(): boolean {
        return this.resumed;
    }
    transport(): string {
        return 'websocket';
    }
    hear(event: string, ...args: unknown[]): void {
        for (const handler of [...(this.handlers.get(event) ?? [])]) handler(...args);
    }
    becomeReady(greeting: unknown = { userId: 'u', userType: 'guest', simulated: [] }): void {
        this.hear('connect');
        this.hear('session:init', greeting);
    }
    listenerCount(): number {
        return [...this.handlers.values()].reduce((sum, set) => sum + set.size, 0);
    }
}
