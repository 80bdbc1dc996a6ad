import { Fragment, useEffect, useId, useState, type ReactNode } from 'react';
import { reasonOf } from '../card/problem-words.ts';
import { useNow } from '../clock/clock.ts';
import type { ConnectionState, Phase } from '../connection/connection.ts';
import type { Domains } from '../connection/domains.ts';
import controls from '../controls/controls.module.css';
import { EN_DASH, figures } from '../figures/figures.ts';
import { ALL_CARDS, cardsOf, simulatedCards } from './domain-cards.ts';
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
const MEASURE_MS = 3_000;

interface StatusProps {
    readonly state: ConnectionState;
    readonly domains: Domains;
    /** Measures how long the server takes to answer. */
    readonly onMeasure: () => void;
}

/** Says how the line is; pressed, it says more. */
export function StatusPill(props: StatusProps) {
    const { phase } = props.state;
    const id = useId();
    const [isOpen, setOpen] = useState(false);
    return (
        <>
            <button className={`${controls['pill']} ${styles['pill']}`} popoverTarget={id}>
                <span className={controls['dot']} data-tone={TONES[phase]} />
                {WORDS[phase]}
            </button>
            <div
                id={id}
                popover="auto"
                className={styles['details']}
                role="dialog"
                aria-label="Status"
                onToggle={(event) => setOpen(event.newState === 'open')}
            >
                {isOpen && <Details {...props} />}
            </div>
        </>
    );
}

function Details({ state, domains, onMeasure }: StatusProps) {
    const now = useNow(1_000);
    useEffect(() => {
        onMeasure();
        const timer = setInterval(onMeasure, MEASURE_MS);
        return () => clearInterval(timer);
    }, [onMeasure, state.readyAt]);
    const since = state.readyAt === null ? '' : ` for ${figures.duration(now - state.readyAt)}`;
    const simulated = simulatedCards(state.simulated, domains);
    const troubles = [...domains].filter(([, { problem }]) => problem !== null);
    return (
        <>
            <dl>
                <Row name="Connection">
                    <span className={controls['dot']} data-tone={TONES[state.phase]} />
                    {WORDS[state.phase]}
                    {since}
                </Row>
                <Row name="Answer time">
                    {state.answerMs === null ? EN_DASH : `${state.answerMs} ms`}
                </Row>
                <Row name="Line">{lineName(state.transport)}</Row>
                <Row name="Last break">{lastBreak(state)}</Row>
                <Row name="Simulated">{simulatedWords(simulated)}</Row>
                {troubles.map(([domain, { problem }]) => (
                    <Row key={domain} name={cardsOf(domain).join(', ')}>
                        <span className={styles['trouble']}>
                            {problem !== null && reasonOf(problem)}
                        </span>
                    </Row>
                ))}
            </dl>
            {simulated.length > 0 && (
                <p>
                    Simulated cards show made-up numbers. Prices and movers are real with{' '}
                    <code>flux up --live</code>, the other cards once their API key is in its file
                    (docs/settings.md).
                </p>
            )}
        </>
    );
}

function Row({ name, children }: { readonly name: string; readonly children: ReactNode }) {
    return (
        <div>
            <dt>{name}</dt>
            <dd>{children}</dd>
        </div>
    );
}

function simulatedWords(cards: readonly string[]): ReactNode {
    if (cards.length === 0) return 'Nothing';
    return cards.length === ALL_CARDS ? chip('Every card') : cards.map(chip);
}

function chip(card: string): ReactNode {
    return (
        <Fragment key={card}>
            <span className={controls['chip']}>{card}</span>{' '}
        </Fragment>
    );
}

function lineName(transport: string | null): string {
    if (transport === null) return EN_DASH;
    return transport === 'websocket' ? 'WebSocket' : 'Polling';
}

function lastBreak({ lastBreak: last }: ConnectionState): string {
    if (last === null) return 'None';
    const outcome = last.missedNothing ? 'nothing missed' : 'started fresh';
    return `${figures.hour(last.at)}, ${outcome}`;
}
