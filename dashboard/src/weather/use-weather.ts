import { useEffect } from 'react';
import { useCardState, type CardState } from '../card/card-state.ts';
import type { Connection } from '../connection/connection.ts';
import type { DomainBoard } from '../connection/domains.ts';
import type { Place } from '../place/place.ts';
import { useStore } from '../store/store.ts';
import type { CityWeather, WeatherState } from './city-weather.ts';

const STALE_MS = 3 * 3_600_000;
const FIRST_WAIT_MS = 10_000;

export interface WeatherView extends WeatherState {
    readonly card: CardState;
    readonly choose: (place: Place) => void;
    readonly giveUp: () => void;
    readonly askAgain: () => void;
}

/** The feature "weather". */
export function useWeather(
    connection: Connection,
    domains: DomainBoard,
    weather: CityWeather,
): WeatherView {
    useEffect(() => weather.follow(connection), [connection, weather]);
    const state = useStore(weather.store);
    // Trouble with another city is told in the body; the one that is shown is as good as before.
    const isOwn = state.shown === null || state.shown === state.place;
    const facts = {
        dataAt: state.at,
        staleAfterMs: STALE_MS,
        problem: isOwn ? state.problem : null,
    };
    const card = useCardState(connection, domains, 'weather', facts, FIRST_WAIT_MS);
    const { choose, giveUp, askAgain } = weather;
    return { ...state, card, choose, giveUp, askAgain };
}
