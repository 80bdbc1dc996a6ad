import { createStore, type Store } from '../store/store.ts';

export type Theme = 'dark' | 'light';

const KEY = 'flux.theme';
const systemIsLight = matchMedia('(prefers-color-scheme: light)');

/** `before-paint.js` has set the theme by the time this runs. */
function themeOfPage(): Theme {
    return document.documentElement.dataset['theme'] === 'light' ? 'light' : 'dark';
}

const store = createStore<Theme>(themeOfPage());
export const themeStore: Store<Theme> = store;

function show(theme: Theme): void {
    document.documentElement.dataset['theme'] = theme;
    store.set(theme);
}

/** The visitor's own choice, kept in this browser from now on. */
export function chooseTheme(theme: Theme): void {
    show(theme);
    try {
        localStorage.setItem(KEY, theme);
    } catch {
        // Without storage the choice lasts as long as the page.
    }
}

function hasChosen(): boolean {
    try {
        return localStorage.getItem(KEY) !== null;
    } catch {
        return false;
    }
}

/** Follows the system until the visitor has chosen. */
systemIsLight.addEventListener('change', () => {
    if (!hasChosen()) show(systemIsLight.matches ? 'light' : 'dark');
});

/** Follows a choice that was made in another tab. */
addEventListener('storage', ({ key, newValue }) => {
    if (key === KEY && (newValue === 'dark' || newValue === 'light')) show(newValue);
});
