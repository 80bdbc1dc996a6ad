import { WifiOff } from 'lucide-react';
import { useNow } from '../clock/clock.ts';
import controls from '../controls/controls.module.css';
import styles from './banner.module.css';
import type { ConnectionState } from './connection.ts';

interface BannerProps {
    readonly state: ConnectionState;
    readonly onTryNow: () => void;
}

/** In the top bar while a line that was live is lost. Nothing below it moves. */
export function ConnectionBanner({ state, onTryNow }: BannerProps) {
    if (!state.everLive) return null;
    if (state.phase === 'offline') {
        return (
            <div className={styles['banner']}>
                <WifiOff size={16} strokeWidth={1.75} aria-hidden />
                <span>
                    You are offline.{' '}
                    <span className={styles['aside']}>Showing the last values.</span>
                </span>
            </div>
        );
    }
    if (state.phase !== 'reconnecting') return null;
    return (
        <div className={styles['banner']}>
            <WifiOff size={16} strokeWidth={1.75} aria-hidden />
            <span>
                Connection lost. <span className={styles['aside']}>Showing the last values. </span>
                <Countdown until={state.retryAt} />
            </span>
            <button
                className={controls['button']}
                onClick={onTryNow}
                aria-disabled={state.retryAt === null}
            >
                Try now
            </button>
        </div>
    );
}

/** Never announced: the page's status line tells of the break once. */
function Countdown({ until }: { readonly until: number | null }) {
    const now = useNow(250);
    if (until === null) return 'Trying again now.';
    return `Trying again in ${Math.max(1, Math.ceil((until - now) / 1000))} s.`;
}
