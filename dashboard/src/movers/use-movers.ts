import type { Connection } from '../connection/connection.ts';
import type { DomainBoard } from '../connection/domains.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { useSnapshot, type SnapshotView } from '../snapshot/use-snapshot.ts';
import type { Movers } from './movers.ts';

const RHYTHM = { domain: 'crypto', staleAfterMs: 300_000, firstWaitMs: 10_000 };

/** The feature "movers". */
export function useMovers(
    connection: Connection,
    domains: DomainBoard,
    movers: Snapshot<Movers>,
): SnapshotView<Movers> {
    return useSnapshot(connection, domains, movers, RHYTHM);
}
