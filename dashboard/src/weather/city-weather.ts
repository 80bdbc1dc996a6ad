import type { Connection } from '../connection/connection.ts';
import { fieldsOf, problemOf, textOf, type Problem } from '../payload/fields.ts';
import { areOtherCountries, folded, rememberPlace, type Place } from '../place/place.ts';
import { createStore, type Store } from '../store/store.ts';
import { readWeather, type Reading } from './reading.ts';

export interface WeatherState {
    /** The city that is shown, or will be once its weather is there. */
    readonly place: Place;
    /** The newest weather, of `place` or still of the city before. null before the first. */
    readonly reading: Reading | null;
    /** Whose weather `reading` is, with the region that the weather itself does not name. */
    readonly shown: Place | null;
    /** From when it is, ms of this browser's clock. */
    readonly at: number | null;
    /** Since when another city's weather is waited for, ms; null: nothing is. */
    readonly waitingSince: number | null;
    /** Why `place` has no weather, or nothing newer. */
    readonly problem: Problem | null;
}

/** A chosen city that has not answered within this time is given up. */
export const CITY_WAIT_MS = 8_000;
/** Given to a city that did not answer; not a name of the server's. */
export const NO_ANSWER = 'no_answer';

/**
 * The weather of one city, and the choice of another. What was shown stays until the new city
 * answers; an answer of a city that is no longer wanted is dropped.
 */
export class CityWeather {
    readonly #store;
    readonly store: Store<WeatherState>;
    #connection: Connection | null = null;
    #waitTimer: ReturnType<typeof setTimeout> | undefined;

    constructor(
        place: Place,
        private readonly remember: (place: Place) => void = rememberPlace,
    ) {
        this.#store = createStore<WeatherState>({
            place,
            reading: null,
            shown: null,
            at: null,
            waitingSince: null,
            problem: null,
        });
        this.store = this.#store;
    }

    /** Listens until the returned function is called; says where the visitor is. */
    follow(connection: Connection): () => void {
        this.#connection = connection;
        connection.setLocation(this.#store.get().place, this.#onRefused);
        const stopUpdates = connection.onAny((event: string, payload: unknown) => {
            if (/^weather\..+\.update$/.test(event)) {
                this.#receive(payload, Date.now(), connection.store.get().clockSkewMs);
            }
        });
        const stopErrors = connection.on('weatherError', (payload: unknown) =>
            this.#onError(payload),
        );
        return () => {
            clearTimeout(this.#waitTimer);
            stopUpdates();
            stopErrors();
            this.#connection = null;
        };
    }

    /** Shows another city as soon as it answers. Choosing again before that wins. */
    readonly choose = (place: Place): void => {
        clearTimeout(this.#waitTimer);
        this.#change({ place, waitingSince: Date.now(), problem: null });
        this.#waitTimer = setTimeout(() => this.#onSilence(), CITY_WAIT_MS);
        this.#connection?.setLocation(place, this.#onRefused);
    };

    /** Back to the city that is shown, when the chosen one has no weather. */
    readonly giveUp = (): void => {
        const { shown, place } = this.#store.get();
        if (shown === null || shown === place) return;
        clearTimeout(this.#waitTimer);
        this.#change({ place: shown, waitingSince: null, problem: null });
        this.#connection?.setLocation(shown, this.#onRefused);
    };

    /** Asks for the chosen city once more. */
    readonly askAgain = (): void => {
        if (this.#store.get().reading === null) this.#connection?.refresh();
        else this.choose(this.#store.get().place);
    };

    #receive(payload: unknown, nowMs: number, clockSkewMs: number): void {
        const reading = readWeather(payload);
        if (reading === null || !this.#isWanted(reading.city, reading.country)) return;
        clearTimeout(this.#waitTimer);
        const { place, reading: before, shown } = this.#store.get();
        const at = Math.min(nowMs, (reading.measuredAt ?? nowMs - clockSkewMs) + clockSkewMs);
        this.#change({ reading, at, waitingSince: null, problem: null, shown: place });
        if (before === null || shown !== place) this.remember(place);
    }

    #onError(payload: unknown): void {
        const fields = fieldsOf(payload);
        if (fields === null || fields['status'] !== 'error') return;
        if (this.#isWanted(textOf(fields['city']), textOf(fields['country']))) {
            this.#onRefused(problemOf(fields));
        }
    }

    readonly #onRefused = (problem: Problem): void => {
        clearTimeout(this.#waitTimer);
        this.#change({ waitingSince: null, problem });
    };

    #onSilence(): void {
        this.#change({
            waitingSince: null,
            problem: { code: NO_ANSWER, message: '', retryAt: null },
        });
    }

    /** Names are compared folded; two towns of one name stay apart where both say their country. */
    #isWanted(city: string, country: string): boolean {
        const { place } = this.#store.get();
        if (folded(city) !== folded(place.city)) return false;
        return !areOtherCountries(country.toUpperCase(), place.country);
    }

    #change(change: Partial<WeatherState>): void {
        this.#store.set({ ...this.#store.get(), ...change });
    }
}
