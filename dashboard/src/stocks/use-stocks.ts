import type { Connection } from '../connection/connection.ts';
import type { DomainBoard } from '../connection/domains.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { useSnapshot, type SnapshotView } from '../snapshot/use-snapshot.ts';
import type { Stocks } from './stocks.ts';

const RHYTHM = { domain: 'stock', staleAfterMs: 600_000, firstWaitMs: 150_000 };

/** The feature "stocks". */
export function useStocks(
    connection: Connection,
    domains: DomainBoard,
    stocks: Snapshot<Stocks>,
): SnapshotView<Stocks> {
    return useSnapshot(connection, domains, stocks, RHYTHM);
}
