import { fieldsOf, textOf } from '../payload/fields.ts';

/** A city as the gateway is told of it. Coordinates never leave the browser. */
export interface Place {
    readonly city: string;
    readonly region: string;
    /** ISO 3166 code, an English name as the visitor wrote it, or empty. */
    readonly country: string;
}

/** Where a visitor is until they say otherwise. */
export const DEFAULT_PLACE: Place = { city: 'New Delhi', region: 'Delhi', country: 'IN' };

export const CITY_LENGTH_MAX = 100;
const KEY = 'flux.city';

/** What was typed, `Pune` or `Pune, India`, as a place; null when it cannot be a city's name. */
export function placeOf(typed: string): Place | null {
    const [name = '', ...further] = typed.normalize('NFC').replace(/\s+/g, ' ').split(',');
    const city = name.trim();
    if (city === '' || [...city].length > CITY_LENGTH_MAX || /\p{Cc}/u.test(typed)) return null;
    return { city, region: '', country: countryOf(further.at(-1) ?? '') };
}

function countryOf(typed: string): string {
    const country = typed.trim();
    return country.length === 2 ? country.toUpperCase() : country;
}

/** Whether two of them can be compared: both are codes. */
export function areOtherCountries(a: string, b: string): boolean {
    const isCode = (country: string) => /^[A-Z]{2}$/.test(country);
    return isCode(a) && isCode(b) && a !== b;
}

/** Names are compared like this: `NEW  delhi` is New Delhi. */
export function folded(city: string): string {
    return city.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}

/** The city of the visit before, or the default one. */
export function rememberedPlace(storage: Storage | undefined = browserStorage()): Place {
    try {
        const kept = fieldsOf(JSON.parse(storage?.getItem(KEY) ?? 'null'));
        const place = placeOf(textOf(kept?.['city']));
        if (kept === null || place === null) return DEFAULT_PLACE;
        return { ...place, region: textOf(kept['region']), country: textOf(kept['country']) };
    } catch {
        return DEFAULT_PLACE;
    }
}

/** Keeps the name of the city, and nothing else about the visitor. */
export function rememberPlace(
    { city, region, country }: Place,
    storage: Storage | undefined = browserStorage(),
): void {
    try {
        storage?.setItem(KEY, JSON.stringify({ city, region, country }));
    } catch {
        // Without storage the choice lasts as long as the page.
    }
}

function browserStorage(): Storage | undefined {
    try {
        return globalThis.localStorage;
    } catch {
        return undefined;
    }
}
