import { Clock, CloudOff, RefreshCw } from 'lucide-react';
import { Fragment, useId, type CSSProperties, type ReactNode } from 'react';
import controls from '../controls/controls.module.css';
import { Age } from '../figures/age.tsx';
import { figures } from '../figures/figures.ts';
import styles from './card.module.css';
import type { CardState } from './card-state.ts';
import { wordsFor, type CardNouns } from './problem-words.ts';

interface CardProps {
    readonly title: ReactNode;
    /** Beside the title: the source and its age, or chips in their place. */
    readonly about: ReactNode;
    /** At the right end of the header. */
    readonly tools?: ReactNode;
    readonly busy?: boolean;
    /** The figures stand still or are old: their colour goes, their contrast stays. */
    readonly still?: boolean;
    readonly children: ReactNode;
}

export function Card({ title, about, tools, busy = false, still = false, children }: CardProps) {
    const id = useId();
    return (
        <section
            className={styles['card']}
            aria-labelledby={id}
            aria-busy={busy}
            data-still={still}
        >
            <header className={styles['header']}>
                <h2 id={id}>{title}</h2>
                {about}
                {tools !== undefined && <div className={styles['tools']}>{tools}</div>}
            </header>
            {children}
        </section>
    );
}

export function SourceLine({ children }: { readonly children: ReactNode }) {
    return <span className={styles['source']}>{children}</span>;
}

interface LiveCardProps {
    readonly title: ReactNode;
    readonly state: CardState;
    readonly nouns: CardNouns;
    /** Who the figures come from; empty where nobody says. */
    readonly source: string;
    /** Where they are from; unlike the source it stays beside chips. */
    readonly where?: string;
    /** From when they are, where that is worth saying; null: it is not. */
    readonly at: number | null;
    /** Said while the first figures are on their way. */
    readonly waiting: string;
    readonly tools?: ReactNode;
    readonly skeleton: ReactNode;
    readonly onTryNow: () => void;
    /** The figures. Drawn only when there are some. */
    readonly children: ReactNode;
}

/** A card with every state of its own: loading, live, old, paused, failed. */
export function LiveCard(props: LiveCardProps) {
    const { state } = props;
    return (
        <Card
            title={props.title}
            about={<About {...props} />}
            tools={props.tools}
            busy={state.status === 'loading'}
            still={state.paused || state.agedSince !== null}
        >
            {body()}
        </Card>
    );

    function body(): ReactNode {
        switch (state.status) {
            case 'loading':
                return props.skeleton;
            case 'live':
                return props.children;
            case 'failed':
                return <ProblemMessage {...props} />;
        }
    }
}

function About({ state, source, where, at, waiting }: LiveCardProps) {
    if (state.status === 'loading') {
        return <SourceLine>{state.connected ? waiting : 'Connecting'}</SourceLine>;
    }
    const chipped = state.simulated || state.agedSince !== null;
    const said: ReactNode[] = [state.paused ? '' : (where ?? ''), chipped ? '' : source, moment()];
    const shown = said.filter((part) => part !== '' && part !== null);
    return (
        <>
            {state.simulated && (
                <span className={controls['chip']} data-chip>
                    Simulated
                </span>
            )}
            {state.agedSince !== null && !state.paused && (
                <span className={controls['chip']} data-chip>
                    Updated <Age at={state.agedSince} />
                </span>
            )}
            <SourceLine>
                {shown.map((part, index) => (
                    <Fragment key={index}>
                        {index > 0 && ' · '}
                        {part}
                    </Fragment>
                ))}
            </SourceLine>
        </>
    );

    function moment(): ReactNode {
        if (state.paused && state.status === 'live') {
            return state.pausedAt === null
                ? 'paused'
                : `paused at ${figures.timeOfDay(state.pausedAt)}`;
        }
        if (at === null || state.agedSince !== null || state.status === 'failed') return null;
        return <Age at={at} />;
    }
}

function ProblemMessage({ state, nouns, onTryNow }: LiveCardProps) {
    const words = wordsFor(nouns, state.problem);
    const Icon = words.resting ? Clock : CloudOff;
    return (
        <CardMessage
            icon={<Icon size={24} strokeWidth={1.75} aria-hidden />}
            title={words.title}
            action={words.canTry && <TryNow onPress={onTryNow} />}
        >
            {words.sentence}
        </CardMessage>
    );
}

export function TryNow({ onPress }: { readonly onPress: () => void }) {
    return (
        <button className={controls['button']} onClick={onPress}>
            <RefreshCw size={16} strokeWidth={1.75} aria-hidden />
            Try now
        </button>
    );
}

interface CardMessageProps {
    readonly icon: ReactNode;
    readonly title: ReactNode;
    readonly children: ReactNode;
    readonly action?: ReactNode;
}

/** Takes the place of a card's body: what happened, what happens next, and perhaps a button. */
export function CardMessage({ icon, title, children, action }: CardMessageProps) {
    return (
        <div className={styles['message']}>
            {icon}
            <b>{title}</b>
            <p>{children}</p>
            {action}
        </div>
    );
}

interface BlockProps {
    readonly width: number | string;
    readonly height: number;
    readonly round?: boolean;
    readonly end?: boolean;
}

/** Stands where a figure will stand. */
export function Block({ width, height, round = false, end = false }: BlockProps) {
    const style: CSSProperties = { width, height };
    if (round) style.borderRadius = '50%';
    if (end) style.marginLeft = 'auto';
    return <span className={styles['block']} style={style} />;
}
