import { io } from 'socket.io-client';

// Handlers take whatever the wire brings and check it themselves.
export type Handler = (...args: any[]) => void;

/** The one socket of the page, as far as the page needs it. */
export interface Wire {
    /** Starts one attempt. It ends in the event `connect` or `connect_error`. */
    connect(): void;
    /** Closes the transport, as a cut line would. */
    drop(): void;
    /** Ends the session on purpose, whatever state the line is in. */
    close(): void;
    /** The last argument may be a function: it is called with the server's acknowledgement. */
    emit(event: string, ...args: unknown[]): void;
    on(event: string, handler: Handler): void;
    off(event: string, handler: Handler): void;
    /** Like `on`, for every event of the server; its name comes first. */
    onAny(handler: Handler): void;
    offAny(handler: Handler): void;
    /** Whether the last `connect` resumed the session of before, with nothing missed. */
    recovered(): boolean;
    /** `websocket` or `polling`; null while there is no line. */
    transport(): string | null;
}

const ATTEMPT_TIMEOUT_MS = 8_000;

/** Opens nothing yet. Attempts are paced by Connection, so that the page can say when the next is. */
export function createSocketWire(guestId: string): Wire {
    const socket = io({
        path: '/socket.io',
        transports: ['websocket', 'polling'],
        tryAllTransports: true,
        auth: { guestId, recover: true },
        autoConnect: false,
        reconnection: false,
        timeout: ATTEMPT_TIMEOUT_MS,
    });
    return {
        connect: () => void socket.connect(),
        drop: () => void socket.io.engine?.close(),
        close: () => void socket.disconnect(),
        emit: (event, ...args) => void socket.emit(event, ...args),
        on: (event, handler) => void socket.on(event, handler),
        off: (event, handler) => void socket.off(event, handler),
        onAny: (handler) => void socket.onAny(handler),
        offAny: (handler) => void socket.offAny(handler),
        recovered: () => socket.recovered,
        transport: () => (socket.connected ? (socket.io.engine?.transport.name ?? null) : null),
    };
}
