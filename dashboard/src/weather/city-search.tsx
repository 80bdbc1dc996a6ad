import { useCombobox } from 'downshift';
import { CornerDownLeft, LocateFixed, MapPin, Search } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import cityText from 'virtual:cities';
import controls from '../controls/controls.module.css';
import {
    findCities,
    nearestCity,
    plain,
    readCityList,
    type ListedCity,
} from '../place/city-list.ts';
import { countryName } from '../place/country-name.ts';
import { CITY_LENGTH_MAX, DEFAULT_PLACE, placeOf, type Place } from '../place/place.ts';
import styles from './city-search.module.css';
import type { WeatherView } from './use-weather.ts';

const SUGGESTIONS = 5;
const LOCATE_TIMEOUT_MS = 8_000;
const cities = readCityList(cityText);

interface CitySearchProps {
    readonly view: WeatherView;
    /** What was typed, even before this search was loaded. */
    readonly typed: string;
    readonly onType: (text: string) => void;
    readonly onClose: () => void;
}

/** One line of the list: a city of ours, what was typed, or the visitor's own place. */
type Choice =
    | { readonly kind: 'listed'; readonly city: ListedCity }
    | { readonly kind: 'typed'; readonly place: Place }
    | { readonly kind: 'here' };

/** What stands where the suggestions were. */
type Trouble = 'no-city' | 'no-answer' | 'no-location' | null;

/** The search for another city. Nothing is asked of the browser before "Use my location" is pressed. */
export default function CitySearch({ view, typed, onType, onClose }: CitySearchProps) {
    const [noLocation, setNoLocation] = useState(false);
    const [isLocating, setLocating] = useState(false);
    /** The city that was chosen here, while its weather is waited for. */
    const [chosen, setChosen] = useState<Place | null>(null);
    const choices = useMemo(() => choicesFor(typed), [typed]);
    const input = useRef<HTMLInputElement>(null);
    useEffect(() => input.current?.focus(), []);

    const { place, shown, problem, waitingSince } = view;
    const isOurs = chosen !== null && chosen === place;
    const hasFailed = isOurs && problem !== null;
    const hasArrived = isOurs && shown === place && problem === null;
    useEffect(() => {
        if (hasArrived) onClose();
    }, [hasArrived, onClose]);

    const choose = (next: Place) => {
        setNoLocation(false);
        setChosen(next);
        view.choose(next);
    };
    const locate = async () => {
        setLocating(true);
        const here = await whereVisitorIs();
        setLocating(false);
        if (here === null) setNoLocation(true);
        else choose(here);
    };
    const take = (choice: Choice) => {
        if (choice.kind === 'here') void locate();
        else if (choice.kind === 'typed') choose(choice.place);
        else choose(placeFrom(choice.city));
    };

    const box = useCombobox<Choice>({
        items: choices as Choice[],
        isOpen: true,
        inputValue: typed,
        initialHighlightedIndex: typed === '' ? -1 : 0,
        defaultHighlightedIndex: 0,
        // Nothing stays selected: a press is acted on.
        selectedItem: null,
        onSelectedItemChange: ({ selectedItem }) => {
            if (selectedItem !== null) take(selectedItem);
        },
        itemToString: (choice) => (choice === null ? '' : nameOf(choice)),
        stateReducer: (state, { type, changes }) => {
            switch (type) {
                case useCombobox.stateChangeTypes.InputKeyDownEnter:
                case useCombobox.stateChangeTypes.ItemClick:
                    return { ...changes, inputValue: state.inputValue };
                case useCombobox.stateChangeTypes.InputBlur:
                case useCombobox.stateChangeTypes.InputKeyDownEscape:
                    return state;
                default:
                    return changes;
            }
        },
    });
    const trouble = troubleOf();
    const keep = shown ?? DEFAULT_PLACE;
    return (
        <div className={styles['search']}>
            <div className={styles['field']}>
                <Search size={16} strokeWidth={1.75} aria-hidden />
                <label {...box.getLabelProps({ className: 'spoken' })}>City</label>
                <input
                    {...box.getInputProps({
                        ref: input,
                        placeholder: 'City',
                        maxLength: CITY_LENGTH_MAX,
                        autoComplete: 'off',
                        spellCheck: false,
                        dir: 'auto',
                        onKeyDown: (event) => {
                            if (event.key === 'Escape') onClose();
                        },
                        // Downshift tells of a change too late for what is typed fast.
                        onChange: (event) => {
                            onType(event.currentTarget.value);
                            setNoLocation(false);
                            setChosen(null);
                        },
                    })}
                />
                <kbd aria-hidden>esc</kbd>
            </div>
            <ul
                {...box.getMenuProps({ className: styles['list'] ?? '', hidden: trouble !== null })}
            >
                {trouble === null &&
                    choices.map((choice, index) => (
                        <li
                            key={keyOf(choice)}
                            {...box.getItemProps({ item: choice, index })}
                            data-kind={choice.kind}
                            data-marked={index === box.highlightedIndex}
                        >
                            <ChoiceLine choice={choice} typed={typed} busy={isLocating} />
                        </li>
                    ))}
            </ul>
            <div role="status" className={styles['status']}>
                {trouble !== null && (
                    <TroubleMessage trouble={trouble} typed={chosen?.city ?? typed} keep={keep}>
                        {trouble === 'no-location' && (
                            <button
                                className={controls['button']}
                                onClick={() => (shown === null ? choose(keep) : onClose())}
                            >
                                Keep&nbsp;<bdi>{keep.city}</bdi>
                            </button>
                        )}
                    </TroubleMessage>
                )}
                {isOurs && waitingSince !== null && (
                    <p className={styles['waiting']}>
                        Asking for the weather of <bdi>{place.city}</bdi>
                    </p>
                )}
            </div>
            <p className={styles['foot']}>
                <span aria-hidden>
                    <kbd>↑</kbd> <kbd>↓</kbd> move
                </span>
                <span aria-hidden>
                    <kbd>enter</kbd> choose
                </span>
                <span className={styles['credit']}>Cities: GeoNames</span>
            </p>
        </div>
    );

    function troubleOf(): Trouble {
        if (noLocation) return 'no-location';
        if (!hasFailed) return null;
        return problem.code === 'no_city' ? 'no-city' : 'no-answer';
    }
}

function choicesFor(typed: string): readonly Choice[] {
    const found = findCities(cities, typed, SUGGESTIONS);
    const choices: Choice[] = found.map((city) => ({ kind: 'listed', city }));
    const place = placeOf(typed);
    const isListed = found.some(({ city }) => plain(city) === plain(place?.city ?? ''));
    if (place !== null && !isListed) choices.push({ kind: 'typed', place });
    return [...choices, { kind: 'here' }];
}

function keyOf(choice: Choice): string {
    if (choice.kind !== 'listed') return choice.kind;
    const { city, region, country } = choice.city;
    return `${city}/${region}/${country}`;
}

function nameOf(choice: Choice): string {
    if (choice.kind === 'here') return 'Use my location';
    return choice.kind === 'listed' ? choice.city.city : choice.place.city;
}

function placeFrom({ city, region, country }: Place): Place {
    return { city, region, country };
}

interface ChoiceLineProps {
    readonly choice: Choice;
    readonly typed: string;
    readonly busy: boolean;
}

function ChoiceLine({ choice, typed, busy }: ChoiceLineProps) {
    switch (choice.kind) {
        case 'listed': {
            const { city, region, country } = choice.city;
            const where = [region === city ? '' : region, countryName(country)].filter(Boolean);
            return (
                <>
                    <MapPin size={16} strokeWidth={1.75} aria-hidden />
                    <b>
                        <Marked text={city} typed={typed} />
                    </b>
                    <span>{where.join(', ')}</span>
                </>
            );
        }
        case 'typed':
            return (
                <>
                    <CornerDownLeft size={16} strokeWidth={1.75} aria-hidden />
                    <b>
                        <bdi>{choice.place.city}</bdi>
                    </b>
                    <span>As you typed it</span>
                </>
            );
        case 'here':
            return (
                <>
                    <LocateFixed size={16} strokeWidth={1.75} aria-hidden />
                    <b>{busy ? 'Asking your browser' : 'Use my location'}</b>
                    <span>Asks your browser. We keep the city name only.</span>
                </>
            );
    }
}

/** The typed beginning stands out. */
function Marked({ text, typed }: { readonly text: string; readonly typed: string }) {
    const length = typed.split(',')[0]?.trim().length ?? 0;
    const starts = length > 0 && plain(text).startsWith(plain(typed.split(',')[0] ?? ''));
    if (!starts) return <bdi>{text}</bdi>;
    return (
        <bdi>
            <mark>{text.slice(0, length)}</mark>
            {text.slice(length)}
        </bdi>
    );
}

interface TroubleMessageProps {
    readonly trouble: Exclude<Trouble, null>;
    readonly typed: string;
    readonly keep: Place;
    readonly children: ReactNode;
}

function TroubleMessage({ trouble, typed, keep, children }: TroubleMessageProps) {
    switch (trouble) {
        case 'no-city':
            return (
                <div className={styles['trouble']}>
                    <Search size={24} strokeWidth={1.75} aria-hidden />
                    <b>
                        No city called “<bdi>{typed}</bdi>”
                    </b>
                    <p>Check the spelling, or type the nearest larger city.</p>
                </div>
            );
        case 'no-answer':
            return (
                <div className={styles['trouble']}>
                    <Search size={24} strokeWidth={1.75} aria-hidden />
                    <b>
                        No weather of <bdi>{typed}</bdi> just now
                    </b>
                    <p>The source does not answer. Try again, or choose another city.</p>
                </div>
            );
        case 'no-location':
            return (
                <div className={styles['trouble']}>
                    <MapPin size={24} strokeWidth={1.75} aria-hidden />
                    <b>Which city?</b>
                    <p>
                        We could not read your location. Search for a city, or keep{' '}
                        <bdi>{keep.city}</bdi>.
                    </p>
                    {children}
                </div>
            );
    }
}

/** The listed city nearest to the visitor; null when the browser or the visitor says no. */
function whereVisitorIs(): Promise<Place | null> {
    return new Promise((resolve) => {
        if (!('geolocation' in navigator)) {
            resolve(null);
            return;
        }
        navigator.geolocation.getCurrentPosition(
            ({ coords }) => {
                const city = nearestCity(cities, coords.latitude, coords.longitude);
                resolve(city === null ? null : placeFrom(city));
            },
            () => resolve(null),
            { enableHighAccuracy: false, timeout: LOCATE_TIMEOUT_MS, maximumAge: 3_600_000 },
        );
    });
}
