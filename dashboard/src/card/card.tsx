import { useId, type ReactNode } from 'react';
import styles from './card.module.css';

interface CardProps {
    readonly title: string;
    /** Beside the title: the source and its age, or chips in their place. */
    readonly about: ReactNode;
    readonly busy?: boolean;
    readonly children: ReactNode;
}

export function Card({ title, about, busy = false, children }: CardProps) {
    const id = useId();
    return (
        <section className={styles['card']} aria-labelledby={id} aria-busy={busy}>
            <header className={styles['header']}>
                <h2 id={id}>{title}</h2>
                {about}
            </header>
            {children}
        </section>
    );
}

export function SourceLine({ children }: { readonly children: ReactNode }) {
    return <span className={styles['source']}>{children}</span>;
}

interface CardMessageProps {
    readonly icon: ReactNode;
    readonly title: string;
    readonly children: ReactNode;
    readonly action?: ReactNode;
}

/** Takes the place of a card's body: what happened, what happens next, and perhaps one button. */
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
