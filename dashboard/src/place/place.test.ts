import { expect, test } from 'vitest';
import cityText from 'virtual:cities';
import { gzipSync } from 'node:zlib';
import { findCities, nearestCity, plain, readCityList } from './city-list.ts';
import { countryName } from './country-name.ts';
import { DEFAULT_PLACE, placeOf, rememberedPlace, rememberPlace } from './place.ts';

const cities = readCityList(cityText);
const names = (typed: string) => findCities(cities, typed, 5).map(({ city }) => city);

test('the list holds the 1,500 largest cities and stays under 25 KB', () => {
    expect(cities).toHaveLength(1500);
    expect(gzipSync(cityText, { level: 9 }).length).toBeLessThan(25_000);
    const pune = cities.find(({ city }) => city === 'Pune');
    expect(pune).toMatchObject({
        region: 'Maharashtra',
        country: 'IN',
        latitude: 18.5,
        longitude: 73.9,
    });
    for (const { city, country, latitude, longitude } of cities) {
        expect(city).not.toBe('');
        expect(country).toMatch(/^[A-Z]{2}$/);
        expect(Number.isFinite(latitude + longitude)).toBe(true);
    }
});

test('the beginning of a name finds it, the largest first', () => {
    expect(names('mu')[0]).toBe('Mumbai');
    expect(names('munic')).toEqual(['Munich']);
    expect(names('delhi')).toEqual(['Delhi', 'New Delhi']);
});

test('accents, case and apostrophes do not matter', () => {
    expect(names('SAO PAULO')[0]).toBe('São Paulo');
    expect(names('bogota')[0]).toBe('Bogotá');
    expect(plain('Xi’an')).toBe(plain("xi'an"));
    expect(names('İzmir'.normalize('NFD'))[0]).toBe('İzmir');
});

test('a country or region behind a comma narrows the search', () => {
    expect(findCities(cities, 'Hyderabad, PK', 5).map(({ country }) => country)).toEqual(['PK']);
    expect(findCities(cities, 'hyderabad, tel', 5).map(({ region }) => region)).toEqual([
        'Telangana',
    ]);
});

test('nothing typed shows the largest, nonsense shows nothing', () => {
    expect(names('')).toHaveLength(5);
    expect(names('xyloph')).toEqual([]);
});

test.each([
    [28.6, 77.2, 'IN'],
    [48.9, 2.3, 'FR'],
    [-36.8, 174.7, 'NZ'],
    [66.5, 179.9, 'US'],
])('the nearest city to %d, %d is in %s', (latitude, longitude, country) => {
    expect(nearestCity(cities, latitude, longitude)?.country).toBe(country);
});

test.each([
    ['  New   Delhi ', { city: 'New Delhi', country: '' }],
    ['Paris, fr', { city: 'Paris', country: 'FR' }],
    ['Paris, Île-de-France, France', { city: 'Paris', country: 'France' }],
    ['東京', { city: '東京', country: '' }],
    ['मुंबई', { city: 'मुंबई', country: '' }],
])('%s is a place', (typed, place) => expect(placeOf(typed)).toMatchObject(place));

test.each(['', '   ', ',', 'x'.repeat(101), 'a\u0000b'])('%j is none', (typed) => {
    expect(placeOf(typed)).toBeNull();
});

test('the city is remembered, and nothing else', () => {
    const kept = new Map<string, string>();
    const storage = {
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, value: string) => void kept.set(key, value),
    } as Storage;
    expect(rememberedPlace(storage)).toBe(DEFAULT_PLACE);
    const pune = cities.find(({ city }) => city === 'Pune');
    if (pune === undefined) throw new Error('Pune is not listed');
    rememberPlace(pune, storage);
    expect(kept.get('flux.city')).toBe('{"city":"Pune","region":"Maharashtra","country":"IN"}');
    expect(rememberedPlace(storage)).toEqual({
        city: 'Pune',
        region: 'Maharashtra',
        country: 'IN',
    });
});

test.each(['{', 'null', '7', '{"city":5}', '{"city":""}'])(
    'what is kept as %s is the default city',
    (text) => {
        expect(rememberedPlace({ getItem: () => text } as never as Storage)).toBe(DEFAULT_PLACE);
    },
);

test('codes are countries in words, the rest stays', () => {
    expect(countryName('IN', 'en')).toBe('India');
    expect(countryName('France', 'en')).toBe('France');
    expect(countryName('', 'en')).toBe('');
});
