import type { ReactNode } from 'react';
import styles from './rows.module.css';

export interface Fact {
    readonly name: string;
    readonly value: ReactNode;
}

/** What an opened row tells beneath itself. */
export function Facts({ id, facts }: { readonly id: string; readonly facts: readonly Fact[] }) {
    return (
        <dl id={id} className={styles['facts']}>
            {facts.map(({ name, value }) => (
                <div key={name}>
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                </div>
            ))}
        </dl>
    );
}
