import type { MouseEvent } from 'react';

/**
 * A press anywhere on a row opens it, as its button does. Selecting figures with the mouse is no
 * press, and what has a purpose of its own keeps it.
 */
export function rowPress(onToggle: () => void, ownPurpose = 'a, button[aria-pressed]') {
    return (event: MouseEvent): void => {
        if ((event.target as Element).closest(ownPurpose) !== null) return;
        const selection = getSelection();
        if (
            selection !== null &&
            !selection.isCollapsed &&
            selection.containsNode(event.currentTarget as Node, true)
        ) {
            return;
        }
        onToggle();
    };
}
