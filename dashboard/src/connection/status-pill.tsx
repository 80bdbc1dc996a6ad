import { useId, type ReactNode } from 'react';
import controls from '../controls/controls.module.css';
import { figures } from '../figures/figures.ts';
import { useNow } from '../shell/use-now.ts';
import type { ConnectionState, Phase } from './connection.ts';
import styles from './status-pill.module.css';

const WORDS: Record<Phase, string> = {
    connecting: 'Connecting',
    unreachable: 'Connecting',
    live: 'Live',
    reconnecting: 'Reconnecting',
    offline: 'Offline',
};
const TONES: Record<Phase, string> = {
    connecting: 'none',
    unreachable: 'none',
    live: 'good',
    reconnecting: 'warn',
    offline: 'none',
};

/** Says how the line is; pressed, it says more. */
export function StatusPill({ state }: { readonly state: ConnectionState }) {
    const id = useId();
    return (
        <>
            <button className={`${controls['pill']} ${styles['pill']}`} popoverTarget={id}>
                <span className={controls['dot']} data-tone={TONES[state.phase]} />
                {WORDS[state.phase]}
            </button>
            <div id={id} popover="auto" className={styles['details']} role="dialog" aria-label="Status">
                <Details state={state} />
            </div>
        </>
    );
}

function Details({ state }: { readonly state: ConnectionState }) {
    const now = useNow(10_000);
    const since = state.readyAt === null ? '' : ` for ${figures.duration(now - state.readyAt)}`;
    return (
        <>
            <dl>
                <Fact name="Connection">
                    <span className={controls['dot']} data-tone={TONES[state.phase]} />
                    {WORDS[state.phase]}
                    {since}
                </Fact>
                <Fact name="Line">{lineName(state.transport)}</Fact>
                <Fact name="Last break">{lastBreak(state)}</Fact>
                <Fact name="Simulated">
                    {state.simulated.length === 0 ? 'Nothing' : state.simulated.map(chip)}
                </Fact>
            </dl>
            {state.simulated.length > 0 && (
                <p>
                    Simulated cards show made-up numbers. Start Flux with <code>flux up --live</code>{' '}
                    to see real prices.
                </p>
            )}
        </>
    );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
    return (
        <div>
            <dt>{name}</dt>
            <dd>{children}</dd>
        </div>
    );
}

function chip(domain: string): ReactNode {
    return (
        <span key={domain} className={controls['chip']}>
            {domain.slice(0, 1).toUpperCase() + domain.slice(1)}
        </span>
    );
}

function lineName(transport: string | null): string {
    if (transport === null) return '–';
    return transport === 'websocket' ? 'WebSocket' : 'Polling';
}

function lastBreak({ lastBreak: last }: ConnectionState): string {
    if (last === null) return 'None';
    const outcome = last.missedNothing ? 'nothing missed' : 'started fresh';
    return `${figures.timeOfDay(last.at)}, ${outcome}`;
}
