import { ChevronDown } from 'lucide-react';
import styles from './controls.module.css';

interface MoreButtonProps {
    /** `Top 10`, `All 12`. */
    readonly more: string;
    readonly open: boolean;
    readonly onToggle: () => void;
}

/** Lengthens a card, and shortens it again. */
export function MoreButton({ more, open, onToggle }: MoreButtonProps) {
    return (
        <button className={styles['smallButton']} aria-expanded={open} onClick={onToggle}>
            {open ? 'Show less' : more}
            <ChevronDown size={16} strokeWidth={1.75} aria-hidden />
        </button>
    );
}
