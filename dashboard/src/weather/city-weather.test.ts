import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connection } from '../connection/connection.ts';
import { TestWire } from '../connection/test-wire.ts';
import { DEFAULT_PLACE, type Place } from '../place/place.ts';
import { CITY_WAIT_MS, CityWeather, NO_ANSWER } from './city-weather.ts';
import { readWeather } from './reading.ts';

const golden = (name: string) =>
    JSON.parse(readFileSync(`../src/contract/golden/${name}.json`, 'utf8'));
const update = golden('weather_update');
const weatherOf = (city: string, country?: string) => ({
    ...update,
    data: { ...update.data, city, country },
});
const place = (city: string, country = ''): Place => ({ city, region: '', country });

let wire: TestWire;
let weather: CityWeather;
let remembered: Place[];
let stop: () => void;
const state = () => weather.store.get();
const hear = (city: string, country?: string) =>
    wire.hear(`weather.${city}.update`, weatherOf(city, country));

beforeEach(() => {
    vi.useFakeTimers({ now: update.data.fetchedAt + 5_000 });
    vi.stubGlobal('addEventListener', () => {});
    vi.stubGlobal('removeEventListener', () => {});
    vi.stubGlobal('document', { addEventListener() {}, removeEventListener() {}, hidden: false });
    wire = new TestWire();
    const network = { onLine: () => true, servedFromThisMachine: () => true };
    const connection = new Connection(wire, network, () => 0.5);
    remembered = [];
    weather = new CityWeather(DEFAULT_PLACE, (kept) => remembered.push(kept));
    const stopFollowing = weather.follow(connection);
    const stopConnection = connection.start();
    stop = () => {
        stopFollowing();
        stopConnection();
    };
    wire.becomeReady({ serverTime: Date.now() });
});

afterEach(() => {
    stop();
    expect(wire.listenerCount()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    vi.unstubAllGlobals();
});

test('the golden weather is read field by field', () => {
    expect(readWeather(update)).toEqual({
        city: 'Pune',
        country: 'IN',
        temperature: 31.4,
        feelsLike: 33,
        condition: 'Scattered clouds',
        sky: 'clouds',
        night: false,
        humidity: 42,
        windKph: 11.2,
        windDegree: 290,
        windFrom: 'WNW',
        visibilityKm: 6,
        pressure: 1009,
        airIndex: 3,
        pm25: 37.8,
        measuredAt: Date.parse('2026-03-20T14:30:00+05:30'),
    });
});

test.each([
    undefined,
    null,
    'x',
    [],
    {},
    { data: null },
    { data: {} },
    { data: { city: ' ' } },
    golden('weather_error'),
])('%j is no weather', (payload) => expect(readWeather(payload)).toBeNull());

test('what is missing in a weather is null, and an odd icon is an unknown sky', () => {
    const bare = readWeather({
        status: 'success',
        data: { city: 'X', icon: 'javascript:1', temperatureC: 'NaN' },
    });
    expect(bare).toMatchObject({
        temperature: null,
        sky: 'unknown',
        airIndex: null,
        pm25: null,
        condition: '',
    });
});

test('the older spelling of air quality is read as well', () => {
    const air = { 'us-epa-index': 2, pm2_5: 9 };
    const reading = readWeather({ ...update, data: { ...update.data, airQuality: air } });
    expect(reading).toMatchObject({ airIndex: 2, pm25: 9 });
});

test('only the wanted city is shown, compared without case and blanks', () => {
    hear('Paris', 'FR');
    expect(state().reading).toBeNull();
    hear('NEW  delhi', 'IN');
    expect(state().reading?.temperature).toBe(31.4);
    expect(state().shown).toBe(DEFAULT_PLACE);
});

test('two towns of one name stay apart where both say their country', () => {
    weather.choose(place('Hyderabad', 'PK'));
    hear('Hyderabad', 'IN');
    expect(state().waitingSince).not.toBeNull();
    hear('Hyderabad', 'PK');
    expect(state().waitingSince).toBeNull();
});

test.each(['मुंबई', 'الرياض', '東京', 'İzmir', 'New York'])('the city %s is recognised', (city) => {
    weather.choose(place(city));
    hear(city.normalize('NFD'));
    expect(state().shown?.city).toBe(city);
    expect(remembered.at(-1)?.city).toBe(city);
});

test('choosing again wins; the late answer of the city before is dropped', () => {
    weather.choose(place('Paris'));
    weather.choose(place('Tokyo'));
    hear('Paris');
    expect(state().reading).toBeNull();
    hear('Tokyo');
    expect(state().reading?.city).toBe('Tokyo');
});

test('a choice is remembered when its weather comes, not before, and once', () => {
    weather.choose(place('Paris'));
    expect(remembered).toEqual([]);
    hear('Paris');
    hear('Paris');
    expect(remembered).toEqual([place('Paris')]);
});

test('silence ends after eight seconds, and "keep" returns to the city before', () => {
    hear('New Delhi', 'IN');
    weather.choose(place('Paris'));
    vi.advanceTimersByTime(CITY_WAIT_MS);
    expect(state().problem?.code).toBe(NO_ANSWER);
    weather.giveUp();
    expect(state()).toMatchObject({ place: DEFAULT_PLACE, problem: null });
    expect(wire.sent.at(-1)).toEqual(['userLocationUpdate', { ...DEFAULT_PLACE }]);
});

test('an error of the wanted city is kept, one of another city is not', () => {
    wire.hear('weatherError', golden('weather_error'));
    expect(state().problem).toBeNull();
    weather.choose(place('Atlantis', 'GR'));
    wire.hear('weatherError', golden('weather_error'));
    expect(state().problem).toMatchObject({ code: 'no_city' });
    hear('Atlantis', 'GR');
    expect(state().problem).toBeNull();
});
