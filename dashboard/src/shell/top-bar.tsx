import { Moon, Sun } from 'lucide-react';
import { ConnectionBanner } from '../connection/banner.tsx';
import type { ConnectionState } from '../connection/connection.ts';
import type { Domains } from '../connection/domains.ts';
import controls from '../controls/controls.module.css';
import { useStore } from '../store/store.ts';
import { areAllSimulated } from './domain-cards.ts';
import styles from './page.module.css';
import { StatusPill } from './status-pill.tsx';
import { chooseTheme, themeStore } from './theme.ts';

interface TopBarProps {
    readonly state: ConnectionState;
    readonly domains: Domains;
    readonly onTryNow: () => void;
    readonly onMeasure: () => void;
}

export function TopBar({ state, domains, onTryNow, onMeasure }: TopBarProps) {
    const showsBanner =
        state.everLive && (state.phase === 'reconnecting' || state.phase === 'offline');
    return (
        <header className={styles['bar']} data-banner={showsBanner}>
            <div className={styles['brand']}>
                <Mark />
                Flux
            </div>
            <ConnectionBanner state={state} onTryNow={onTryNow} />
            <div className={styles['end']}>
                {areAllSimulated(state.simulated, domains) && (
                    <span className={`${controls['warnPill']} ${styles['simulated']}`}>
                        Simulated data
                    </span>
                )}
                <StatusPill state={state} domains={domains} onMeasure={onMeasure} />
                <ThemeButton />
            </div>
        </header>
    );
}

function Mark() {
    return (
        <svg width="22" height="22" viewBox="0 0 22 22" fill="currentColor" aria-hidden>
            <rect x="5" y="3" width="16" height="4" rx="2" />
            <rect x="1" y="9" width="14" height="4" rx="2" opacity=".75" />
            <rect x="7" y="15" width="9" height="4" rx="2" opacity=".5" />
        </svg>
    );
}

function ThemeButton() {
    const other = useStore(themeStore) === 'dark' ? 'light' : 'dark';
    const Icon = other === 'light' ? Sun : Moon;
    return (
        <button
            className={controls['iconButton']}
            aria-label={`Use ${other} theme`}
            onClick={() => chooseTheme(other)}
        >
            <Icon size={16} strokeWidth={1.75} aria-hidden />
        </button>
    );
}
