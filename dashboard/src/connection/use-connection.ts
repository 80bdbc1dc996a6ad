import { useStore } from '../store/store.ts';
import type { Connection, ConnectionState } from './connection.ts';

/** The feature "connection": what the top bar tells about the line. */
export function useConnection(connection: Connection): ConnectionState {
    return useStore(connection.store);
}
