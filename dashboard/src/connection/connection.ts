import { createStore, type Store } from '../store/store.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { Handler, Wire } from './wire.ts';

/** What the visitor is told. A break shorter than GRACE_MS is never told at all. */
export type Phase = 'connecting' | 'unreachable' | 'live' | 'reconnecting' | 'offline';

export interface ConnectionState {
    readonly phase: Phase;
    /** Whether this page was ever live: there are last values to show. */
    readonly everLive: boolean;
    /** When the present line became ready, ms since the epoch; null while there is none. */
    readonly readyAt: number | null;
    /** When the line was lost; null while there is one. */
    readonly lostAt: number | null;
    /** When the next attempt starts; null while one is under way. */
    readonly retryAt: number | null;
    /** Domains whose figures are made up, from `session:init`. */
    readonly simulated: readonly string[];
    readonly transport: string | null;
    readonly lastBreak: { readonly at: number; readonly missedNothing: boolean } | null;
}

/** Where a visitor is until they say otherwise. */
export const DEFAULT_LOCATION = { city: 'New Delhi', region: 'Delhi', country: 'IN' } as const;

export const GRACE_MS = 1_500;
/** The server greets at once; a line that stays silent this long is of no use. */
export const GREETING_MS = 10_000;

/** What the browser tells about the network; replaced in tests. */
export interface Network {
    onLine(): boolean;
    /** A server on this machine is reached whether or not there is a network. */
    servedFromThisMachine(): boolean;
}

const browserNetwork: Network = {
    onLine: () => navigator.onLine,
    servedFromThisMachine: () => /^(localhost|127\.|\[::1\])/.test(location.hostname),
};

const INITIAL: ConnectionState = {
    phase: 'connecting',
    everLive: false,
    readyAt: null,
    lostAt: null,
    retryAt: null,
    simulated: [],
    transport: null,
    lastBreak: null,
};

/**
 * The page's one line to the gateway, from the first attempt to readiness:
 * connect -> `session:init` -> location sent -> ready. Lost lines are tried again for ever.
 */
export class Connection {
    readonly #store = createStore<ConnectionState>(INITIAL);
    readonly store: Store<ConnectionState> = this.#store;
    #ready = false;
    #failures = 0;
    #patient = true;
    #retryTimer: ReturnType<typeof setTimeout> | undefined;
    #greetingTimer: ReturnType<typeof setTimeout> | undefined;
    #graceTimer: ReturnType<typeof setTimeout> | undefined;

    constructor(
        private readonly wire: Wire,
        private readonly network: Network = browserNetwork,
        private readonly random: () => number = Math.random,
    ) {}

    /** Begins, and goes on until the returned function is called. */
    start(): () => void {
        const handlers: Record<string, Handler> = {
            connect: this.#onConnect,
            connect_error: this.#onConnectError,
            disconnect: this.#onDisconnect,
            'session:init': this.#onGreeting,
        };
        for (const [event, handler] of Object.entries(handlers)) this.wire.on(event, handler);
        addEventListener('online', this.#onOnline);
        addEventListener('offline', this.#onOffline);
        document.addEventListener('visibilitychange', this.#onVisible);
        this.#beginGrace();
        this.#attempt();
        return () => {
            for (const [event, handler] of Object.entries(handlers)) this.wire.off(event, handler);
            removeEventListener('online', this.#onOnline);
            removeEventListener('offline', this.#onOffline);
            document.removeEventListener('visibilitychange', this.#onVisible);
            clearTimeout(this.#retryTimer);
            clearTimeout(this.#greetingTimer);
            clearTimeout(this.#graceTimer);
            this.#ready = false;
            this.wire.close();
        };
    }

    /** Calls `handler` for each `event` of the server until the returned function is called. */
    on(event: string, handler: Handler): () => void {
        this.wire.on(event, handler);
        return () => this.wire.off(event, handler);
    }

    /** Does not wait for the next attempt. Without effect while one is under way or the line stands. */
    readonly tryNow = (): void => {
        if (this.#store.get().retryAt !== null) this.#attempt();
    };

    #attempt(): void {
        clearTimeout(this.#retryTimer);
        this.#publish({ retryAt: null });
        this.wire.connect();
    }

    readonly #onConnect = (): void => {
        clearTimeout(this.#greetingTimer);
        this.#greetingTimer = setTimeout(() => this.wire.drop(), GREETING_MS);
    };

    readonly #onGreeting = (greeting: unknown): void => {
        clearTimeout(this.#greetingTimer);
        clearTimeout(this.#graceTimer);
        this.wire.emit('userLocationUpdate', DEFAULT_LOCATION);
        const { lostAt, lastBreak } = this.#store.get();
        const broke = lostAt === null ? null : { at: lostAt, missedNothing: this.wire.recovered() };
        this.#ready = true;
        this.#failures = 0;
        this.#publish({
            everLive: true,
            readyAt: Date.now(),
            lostAt: null,
            retryAt: null,
            simulated: simulatedDomains(greeting),
            transport: this.wire.transport(),
            lastBreak: broke ?? lastBreak,
        });
    };

    readonly #onConnectError = (): void => {
        this.#failures += 1;
        this.#retryLater();
    };

    readonly #onDisconnect = (): void => {
        clearTimeout(this.#greetingTimer);
        if (this.#ready) {
            this.#ready = false;
            this.#beginGrace();
            this.#publish({ lostAt: Date.now(), readyAt: null, transport: null });
        } else {
            this.#failures += 1;
        }
        this.#retryLater();
    };

    #retryLater(): void {
        const delay = retryDelayMs(this.#failures, this.random());
        clearTimeout(this.#retryTimer);
        this.#retryTimer = setTimeout(() => this.#attempt(), delay);
        this.#publish({ retryAt: Date.now() + delay });
    }

    #beginGrace(): void {
        this.#patient = true;
        clearTimeout(this.#graceTimer);
        this.#graceTimer = setTimeout(() => {
            this.#patient = false;
            this.#publish({});
        }, GRACE_MS);
    }

    /** A line that outlived a change of network is rarely alive: it is opened anew, which costs little. */
    readonly #onOnline = (): void => {
        if (this.#ready && !this.network.servedFromThisMachine()) this.wire.drop();
        else this.tryNow();
        this.#publish({});
    };

    readonly #onOffline = (): void => this.#publish({});

    /** Timers of a hidden tab are slowed down; whoever looks again should not wait for one. */
    readonly #onVisible = (): void => {
        if (!document.hidden) this.tryNow();
    };

    #publish(change: Partial<ConnectionState>): void {
        const next = { ...this.#store.get(), ...change };
        this.#store.set({ ...next, phase: this.#phaseOf(next) });
    }

    #phaseOf(state: ConnectionState): Phase {
        const offline = !this.network.onLine();
        if (this.#ready) return offline && !this.network.servedFromThisMachine() ? 'offline' : 'live';
        if (state.everLive && this.#patient) return 'live';
        if (offline) return 'offline';
        if (state.everLive) return 'reconnecting';
        return this.#failures > 0 && !this.#patient ? 'unreachable' : 'connecting';
    }
}

function simulatedDomains(greeting: unknown): readonly string[] {
    if (typeof greeting !== 'object' || greeting === null) return [];
    const { simulated } = greeting as { simulated?: unknown };
    if (!Array.isArray(simulated)) return [];
    return simulated.filter((domain) => typeof domain === 'string');
}
