import { useLayoutEffect, useRef } from 'react';

/**
 * Hides with `clippedClass` the items of a list that do not fit into it whole, now and whenever its
 * room changes; at least one stays. `items` is what the list shows.
 */
export function useWholeItems<List extends HTMLElement>(clippedClass: string, items: unknown) {
    const ref = useRef<List>(null);
    useLayoutEffect(() => {
        const list = ref.current;
        if (list === null) return;
        const clip = () => {
            const room = list.clientHeight;
            let used = 0;
            let full = false;
            for (const [index, item] of [...list.children].entries()) {
                const height = (item.firstElementChild as HTMLElement).offsetHeight;
                full ||= index > 0 && used + height > room;
                used += height;
                item.classList.toggle(clippedClass, full);
            }
        };
        clip();
        if (typeof ResizeObserver === 'undefined') return;
        const observer = new ResizeObserver(clip);
        observer.observe(list);
        return () => observer.disconnect();
    }, [clippedClass, items]);
    return ref;
}
