import type { Connection } from '../connection/connection.ts';
import type { DomainBoard } from '../connection/domains.ts';
import { useSnapshot, type SnapshotView } from '../snapshot/use-snapshot.ts';
import type { News, Story } from './news.ts';

const RHYTHM = { domain: 'news', staleAfterMs: 1_800_000, firstWaitMs: 10_000 };

/** The feature "news". */
export function useNews(
    connection: Connection,
    domains: DomainBoard,
    news: News,
): SnapshotView<readonly Story[]> {
    return useSnapshot(connection, domains, news, RHYTHM);
}
