import { useEffect } from 'react';
import type { Connection } from '../connection/connection.ts';
import { useStore } from '../store/store.ts';
import { useElapsed } from './use-elapsed.ts';
import type { BoardState, PriceBoard } from './price-board.ts';
import type { PricePainter } from './price-painter.ts';
import { readTickerMessage } from './ticker.ts';

/** Without a first price this long after the line became ready, the source is taken to be down. */
const FIRST_PRICE_MS = 10_000;
const CHECK_MS = 1_000;

export interface LivePrices extends BoardState {
    readonly status: 'loading' | 'live' | 'failed' | 'unreachable' | 'offline';
    readonly simulated: boolean;
    /** The line is ready: what is missing now is the source's doing. */
    readonly connected: boolean;
    /** The line is down, so the figures stand still. */
    readonly paused: boolean;
    /** When they stopped, ms since the epoch, where known. */
    readonly pausedAt: number | null;
}

/** The feature "live prices": follows its event and its clock while mounted. */
export function useLivePrices(
    connection: Connection,
    board: PriceBoard,
    painter: PricePainter,
): LivePrices {
    useEffect(() => {
        const stopPainting = painter.start();
        const stopListening = connection.on('cryptoTickerResponse', (payload: unknown) => {
            const message = readTickerMessage(payload);
            if (message !== null) board.receive(message, Date.now());
        });
        const timer = setInterval(() => {
            painter.checkStale(Date.now());
            board.checkSilence(Date.now());
        }, CHECK_MS);
        return () => {
            clearInterval(timer);
            stopListening();
            stopPainting();
            board.stop();
        };
    }, [connection, board, painter]);

    const state = useStore(board.store);
    const line = useStore(connection.store);
    const waitedLong = useElapsed(line.readyAt, FIRST_PRICE_MS);
    const paused = line.phase === 'reconnecting' || line.phase === 'offline';
    return {
        ...state,
        status: statusOf(),
        simulated: line.simulated.includes('crypto'),
        connected: line.readyAt !== null,
        paused,
        pausedAt: paused ? line.lostAt : null,
    };

    function statusOf(): LivePrices['status'] {
        if (state.products.length > 0) return 'live';
        if (line.phase === 'unreachable' || line.phase === 'offline') return line.phase;
        return waitedLong || state.problem !== null ? 'failed' : 'loading';
    }
}
