import { fieldsOf, momentOf, problemOf, type Problem } from '../payload/fields.ts';
import { DEFAULT_PLACE, type Place } from '../place/place.ts';
import { createStore, type Store } from '../store/store.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { Handler, Wire } from './wire.ts';

/** What the visitor is told. A break shorter than GRACE_MS is never told at all. */
export type Phase = 'connecting' | 'unreachable' | 'live' | 'reconnecting' | 'offline';

/** How far the line has come: what is being waited for, until it is `ready`. */
export type Readiness = 'connect' | 'session' | 'location' | 'ready';

export interface ConnectionState {
    readonly phase: Phase;
    readonly readiness: Readiness;
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
    /** How long the server took for its last answer, ms; null before the first. */
    readonly answerMs: number | null;
    /** What to add to the server's clock to get this browser's, ms. */
    readonly clockSkewMs: number;
    readonly lastBreak: { readonly at: number; readonly missedNothing: boolean } | null;
}

export const GRACE_MS = 1_500;
/** The server greets at once; a line that stays silent this long is of no use. */
export const GREETING_MS = 10_000;
/** A gateway that does not acknowledge a location has joined the rooms all the same. */
export const LOCATION_MS = 3_000;
/** How soon a location is sent again that came too fast for the server. */
const REFUSED_WAIT_MS = { least: 500, most: 10_000 } as const;
/** Clocks that differ less are left alone: the difference is the way of the message. */
const SKEW_MIN_MS = 2_000;

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
    readiness: 'connect',
    everLive: false,
    readyAt: null,
    lostAt: null,
    retryAt: null,
    simulated: [],
    transport: null,
    answerMs: null,
    clockSkewMs: 0,
    lastBreak: null,
};

/**
 * The page's one line to the gateway, from the first attempt to readiness:
 * connect -> `session:init` -> location taken -> ready. Lost lines are tried again for ever.
 */
export class Connection {
    readonly #store = createStore<ConnectionState>(INITIAL);
    readonly store: Store<ConnectionState> = this.#store;
    readonly #onReady = new Set<() => void>();
    #ready = false;
    #place: Place = DEFAULT_PLACE;
    #onRefused: (problem: Problem) => void = () => {};
    /** Answers to an older location, or of an older line, are not listened to. */
    #locationRound = 0;
    #failures = 0;
    #patient = true;
    #retryTimer: ReturnType<typeof setTimeout> | undefined;
    #greetingTimer: ReturnType<typeof setTimeout> | undefined;
    #graceTimer: ReturnType<typeof setTimeout> | undefined;
    #locationTimer: ReturnType<typeof setTimeout> | undefined;

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
            this.#forgetLocationRound();
            this.#ready = false;
            this.wire.close();
        };
    }

    /** Calls `handler` for each `event` of the server until the returned function is called. */
    on(event: string, handler: Handler): () => void {
        this.wire.on(event, handler);
        return () => this.wire.off(event, handler);
    }

    /** Calls `handler` with the name and payload of every event of the server, likewise. */
    onAny(handler: Handler): () => void {
        this.wire.onAny(handler);
        return () => this.wire.offAny(handler);
    }

    /** Calls `task` now if the line is ready, and whenever it becomes ready again. */
    whenReady(task: () => void): () => void {
        this.#onReady.add(task);
        if (this.#ready) task();
        return () => void this.#onReady.delete(task);
    }

    /** Asks the server for something it answers with an event. Nothing is kept for a later line. */
    request(event: string): void {
        if (this.#ready) this.wire.emit(event);
    }

    /**
     * Where the visitor is: sent now if the server has greeted, and after every greeting.
     * `onRefused` hears of it when the server does not take it.
     */
    setLocation(place: Place, onRefused: (problem: Problem) => void = () => {}): void {
        this.#place = place;
        this.#onRefused = onRefused;
        const { readiness } = this.#store.get();
        if (readiness === 'location' || readiness === 'ready') this.#sendLocation();
    }

    /** Sends the location again: its answer is the newest of everything. */
    readonly refresh = (): void => {
        if (this.#ready) this.#sendLocation();
    };

    /** Measures how long the server takes to answer. */
    readonly measure = (): void => {
        if (!this.#ready) return;
        const round = this.#locationRound;
        const askedAt = performance.now();
        this.wire.emit('getUserId', () => {
            if (this.#ready && round === this.#locationRound) this.#noteAnswer(askedAt);
        });
    };

    /** Does not wait for the next attempt. Without effect while one is under way or the line stands. */
    readonly tryNow = (): void => {
        if (this.#store.get().retryAt !== null) this.#attempt();
    };

    #attempt(): void {
        clearTimeout(this.#retryTimer);
        this.#publish({ retryAt: null, readiness: 'connect' });
        this.wire.connect();
    }

    readonly #onConnect = (): void => {
        this.#publish({ readiness: 'session' });
        clearTimeout(this.#greetingTimer);
        this.#greetingTimer = setTimeout(() => this.wire.drop(), GREETING_MS);
    };

    readonly #onGreeting = (greeting: unknown): void => {
        clearTimeout(this.#greetingTimer);
        this.#publish({
            readiness: 'location',
            simulated: simulatedDomains(greeting),
            clockSkewMs: clockSkew(greeting),
        });
        this.#sendLocation();
    };

    #sendLocation(): void {
        const round = (this.#locationRound += 1);
        const sentAt = performance.now();
        clearTimeout(this.#locationTimer);
        if (!this.#ready) this.#locationTimer = setTimeout(() => this.#becomeReady(), LOCATION_MS);
        this.wire.emit('userLocationUpdate', { ...this.#place }, (answer: unknown) => {
            if (round !== this.#locationRound) return;
            clearTimeout(this.#locationTimer);
            this.#noteAnswer(sentAt);
            const fields = fieldsOf(answer);
            if (fields?.['status'] === 'error') this.#onLocationRefused(problemOf(fields));
            else this.#becomeReady();
        });
    }

    #onLocationRefused(problem: Problem): void {
        if (problem.code === 'rate_limited') {
            const { least, most } = REFUSED_WAIT_MS;
            const left = (problem.retryAt ?? 0) + this.#store.get().clockSkewMs - Date.now();
            const wait = Math.min(most, Math.max(least, left));
            this.#locationTimer = setTimeout(() => this.#sendLocation(), wait);
            return;
        }
        this.#onRefused(problem);
        // Without a place there are no rooms, and nothing would ever come.
        if (!this.#ready && this.#place !== DEFAULT_PLACE) this.setLocation(DEFAULT_PLACE);
        else this.#becomeReady();
    }

    #becomeReady(): void {
        if (this.#ready) return;
        clearTimeout(this.#graceTimer);
        const { lostAt, lastBreak } = this.#store.get();
        const broke = lostAt === null ? null : { at: lostAt, missedNothing: this.wire.recovered() };
        this.#ready = true;
        this.#failures = 0;
        this.#publish({
            readiness: 'ready',
            everLive: true,
            readyAt: Date.now(),
            lostAt: null,
            retryAt: null,
            transport: this.wire.transport(),
            lastBreak: broke ?? lastBreak,
        });
        for (const task of [...this.#onReady]) task();
    }

    #noteAnswer(askedAt: number): void {
        const answerMs = Math.max(1, Math.round(performance.now() - askedAt));
        this.#publish({ answerMs, transport: this.wire.transport() });
    }

    #forgetLocationRound(): void {
        this.#locationRound += 1;
        clearTimeout(this.#locationTimer);
    }

    readonly #onConnectError = (): void => {
        this.#failures += 1;
        this.#retryLater();
    };

    readonly #onDisconnect = (): void => {
        clearTimeout(this.#greetingTimer);
        this.#forgetLocationRound();
        if (this.#ready) {
            this.#ready = false;
            this.#beginGrace();
            this.#publish({ lostAt: Date.now(), readyAt: null, transport: null, answerMs: null });
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
        if (this.#ready)
            return offline && !this.network.servedFromThisMachine() ? 'offline' : 'live';
        if (state.everLive && this.#patient) return 'live';
        if (offline) return 'offline';
        if (state.everLive) return 'reconnecting';
        return this.#failures > 0 && !this.#patient ? 'unreachable' : 'connecting';
    }
}

function clockSkew(greeting: unknown): number {
    const serverTime = momentOf(fieldsOf(greeting)?.['serverTime']);
    const skew = serverTime === null ? 0 : Date.now() - serverTime;
    return Math.abs(skew) < SKEW_MIN_MS ? 0 : skew;
}

function simulatedDomains(greeting: unknown): readonly string[] {
    const simulated = fieldsOf(greeting)?.['simulated'];
    if (!Array.isArray(simulated)) return [];
    return simulated.filter((domain) => typeof domain === 'string');
}
