import { CloudOff, MapPin, Search } from 'lucide-react';
import {
    lazy,
    Suspense,
    useEffect,
    useLayoutEffect,
    useRef,
    useState,
    type ReactNode,
} from 'react';
import { Block, CardMessage, LiveCard, TryNow } from '../card/card.tsx';
import { wordsFor, type CardNouns } from '../card/problem-words.ts';
import controls from '../controls/controls.module.css';
import { figures } from '../figures/figures.ts';
import { countryName } from '../place/country-name.ts';
import type { Place } from '../place/place.ts';
import { AirQuality } from './air-quality.tsx';
import { NO_ANSWER } from './city-weather.ts';
import type { Reading } from './reading.ts';
import { Sky } from './sky.tsx';
import type { WeatherView } from './use-weather.ts';
import styles from './weather.module.css';

const CitySearch = lazy(() => import('./city-search.tsx'));

const NOUNS: CardNouns = {
    subject: 'The weather is',
    returns: 'It returns by itself.',
    rhythm: '',
};

export function WeatherCard(view: WeatherView) {
    const { card, reading, shown, place, problem, waitingSince, at } = view;
    const search = useSearch(view);
    const named = shown ?? place;
    const refused = card.status === 'live' && shown !== place ? problem : null;
    return (
        <div className={styles['frame']} ref={search.frame}>
            <LiveCard
                title={<bdi>{reading?.city ?? place.city}</bdi>}
                state={card}
                nouns={NOUNS}
                source=""
                where={waitingSince === null ? whereabouts(named) : `Asking for ${place.city}`}
                at={at}
                waiting="Loading weather"
                tools={<SearchButton onPress={search.open} />}
                skeleton={<WeatherSkeleton />}
                onTryNow={view.askAgain}
            >
                {body()}
            </LiveCard>
            {search.isOpen && (
                <CitySearchPanel view={view} panel={search.panel} onClose={search.close} />
            )}
        </div>
    );

    function body(): ReactNode {
        if (refused !== null) return <NoWeather view={view} onSearch={search.open} />;
        if (reading === null) return null;
        return (
            <div
                className={styles['body']}
                data-waiting={waitingSince !== null}
                aria-busy={waitingSince !== null}
            >
                <Figures reading={reading} />
            </div>
        );
    }
}

/** Opens and closes the search: by the button, by `/`, and by Escape, which gives the focus back. */
function useSearch({ giveUp, problem }: WeatherView) {
    const [isOpen, setOpen] = useState(false);
    const frame = useRef<HTMLDivElement>(null);
    const panel = useRef<HTMLDivElement>(null);
    const open = () => setOpen(true);
    useEffect(() => {
        const onKey = (event: KeyboardEvent) => {
            if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
            if (
                (event.target as Element).closest('input, textarea, select, [contenteditable]') !==
                null
            )
                return;
            event.preventDefault();
            setOpen(true);
        };
        addEventListener('keydown', onKey);
        return () => removeEventListener('keydown', onKey);
    }, []);
    useLayoutEffect(() => {
        const element = panel.current;
        if (!isOpen || element === null) return;
        const box = frame.current?.getBoundingClientRect();
        if (box !== undefined) {
            const left = Math.max(0, box.left);
            element.style.left = `${left + scrollX}px`;
            element.style.top = `${box.top + scrollY}px`;
            element.style.width = `${Math.min(box.width, innerWidth - left)}px`;
        }
        element.showPopover?.();
        element.querySelector('input')?.focus();
    }, [isOpen]);
    const close = () => {
        setOpen(false);
        if (problem !== null) giveUp();
        const { activeElement } = document;
        const isNowhere = activeElement === null || activeElement === document.body;
        if (!isNowhere && panel.current?.contains(activeElement) !== true) return;
        frame.current?.querySelector<HTMLElement>('[data-search]')?.focus();
    };
    return { isOpen, open, close, frame, panel };
}

interface CitySearchPanelProps {
    readonly view: WeatherView;
    readonly panel: React.RefObject<HTMLDivElement | null>;
    readonly onClose: () => void;
}

/** In the top layer, where nothing cuts it off. A press beside it closes it. */
function CitySearchPanel({ view, panel, onClose }: CitySearchPanelProps) {
    const [typed, setTyped] = useState('');
    return (
        <div
            ref={panel}
            popover="auto"
            role="dialog"
            aria-label="Change city"
            className={styles['panel']}
            onToggle={(event) => {
                if (event.newState === 'closed') onClose();
            }}
        >
            <Suspense fallback={<EarlyField typed={typed} onType={setTyped} />}>
                <CitySearch view={view} typed={typed} onType={setTyped} onClose={onClose} />
            </Suspense>
        </div>
    );
}

/** Takes what is typed while the search is on its way. */
function EarlyField({ typed, onType }: { typed: string; onType: (text: string) => void }) {
    return (
        <div className={styles['early']}>
            <input
                aria-label="City"
                value={typed}
                onChange={(event) => onType(event.currentTarget.value)}
            />
        </div>
    );
}

function SearchButton({ onPress }: { readonly onPress: () => void }) {
    return (
        <button
            className={`${controls['smallButton']} ${styles['search']}`}
            onClick={onPress}
            data-search
        >
            <Search size={16} strokeWidth={1.75} aria-hidden />
            <span className={styles['searchWords']}>Change city</span>
            <kbd aria-hidden>/</kbd>
        </button>
    );
}

function whereabouts({ region, country, city }: Place): string {
    const parts = [region === city ? '' : region, countryName(country)];
    return parts.filter((part) => part !== '').join(', ');
}

/** The chosen city has no weather: look for another, or keep the one before. */
function NoWeather({
    view,
    onSearch,
}: {
    readonly view: WeatherView;
    readonly onSearch: () => void;
}) {
    const { problem, place, shown } = view;
    const unknown = problem?.code === 'no_city';
    const words = wordsFor(NOUNS, problem?.code === NO_ANSWER ? null : problem);
    const Icon = unknown ? MapPin : CloudOff;
    const keep = shown !== null && shown !== place ? shown : null;
    return (
        <CardMessage
            icon={<Icon size={24} strokeWidth={1.75} aria-hidden />}
            title={
                unknown ? (
                    <>
                        No city called “<bdi>{place.city}</bdi>”
                    </>
                ) : (
                    <>
                        The weather of <bdi>{place.city}</bdi> is not available
                    </>
                )
            }
            action={
                <div className={styles['actions']}>
                    {unknown ? (
                        <button className={controls['button']} onClick={onSearch}>
                            Search city
                        </button>
                    ) : (
                        <TryNow onPress={view.askAgain} />
                    )}
                    {keep !== null && (
                        <button className={controls['button']} onClick={view.giveUp}>
                            Keep&nbsp;<bdi>{keep.city}</bdi>
                        </button>
                    )}
                </div>
            }
        >
            {unknown ? 'Check the spelling, or type the nearest larger city.' : words.sentence}
        </CardMessage>
    );
}

function Figures({ reading }: { readonly reading: Reading }) {
    const feels = reading.feelsLike === null ? null : `Feels like ${degrees(reading.feelsLike)}`;
    return (
        <>
            <div className={styles['main']}>
                <Sky kind={reading.sky} night={reading.night} />
                <div className={styles['temperature']}>{degrees(reading.temperature)}</div>
                <div className={styles['condition']}>
                    <b>{reading.condition}</b>
                    <span>{feels}</span>
                </div>
            </div>
            <dl className={styles['facts']}>
                <Measure name="Humidity" value={reading.humidity} unit="%" />
                <Measure name="Wind" value={reading.windKph} unit="km/h">
                    {reading.windDegree !== null && (
                        <Wind degree={reading.windDegree} from={reading.windFrom} />
                    )}
                </Measure>
                <Measure name="Visibility" value={reading.visibilityKm} unit="km" />
                <Measure name="Pressure" value={reading.pressure} unit="hPa" />
            </dl>
            <AirQuality index={reading.airIndex} pm25={reading.pm25} />
        </>
    );
}

function degrees(value: number | null): string {
    const shown = figures.whole(value);
    return value === null ? shown : `${shown}°`;
}

interface MeasureProps {
    readonly name: string;
    readonly value: number | null;
    readonly unit: string;
    readonly children?: ReactNode;
}

function Measure({ name, value, unit, children }: MeasureProps) {
    return (
        <div>
            <dt>{name}</dt>
            <dd>
                {figures.whole(value)}
                {value !== null && <small>{unit}</small>}
                {value !== null && children}
            </dd>
        </div>
    );
}

/** Points to where the wind blows; a reader is told where it comes from. */
function Wind({ degree, from }: { readonly degree: number; readonly from: string }) {
    return (
        <>
            <svg
                className={styles['wind']}
                viewBox="0 0 12 12"
                style={{ transform: `rotate(${Math.round(degree + 180) % 360}deg)` }}
                aria-hidden
            >
                <path d="M6 0l4 11-4-2.500L2 11z" fill="currentColor" />
            </svg>
            {from !== '' && <span className="spoken">from the {from}</span>}
        </>
    );
}

function WeatherSkeleton() {
    return (
        <div className={styles['body']} aria-hidden>
            <div className={styles['main']}>
                <Block width={72} height={72} round />
                <Block width={84} height={48} />
                <div className={styles['condition']}>
                    <Block width={116} height={14} />
                    <span className={styles['gap']} />
                    <Block width={84} height={12} />
                </div>
            </div>
            <div className={styles['facts']}>
                {[0, 1, 2, 3].map((index) => (
                    <div key={index} className={styles['factSkeleton']}>
                        <Block width={52} height={10} />
                        <Block width={64} height={14} />
                    </div>
                ))}
            </div>
            <div className={styles['airSkeleton']}>
                <Block width={64} height={12} />
                <Block width="40%" height={5} />
                <Block width={120} height={12} end />
            </div>
        </div>
    );
}
