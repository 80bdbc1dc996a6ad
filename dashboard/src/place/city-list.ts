import { folded, type Place } from './place.ts';

/** A city that the page knows by itself. */
export interface ListedCity extends Place {
    /** Degrees, one decimal: good enough for the nearest of them, and for nothing else. */
    readonly latitude: number;
    readonly longitude: number;
    /** Name, region and country, without accents and in lower case. */
    readonly words: string;
}

/** Reads the list that the build makes: one city a line, the largest first. */
export function readCityList(text: string): readonly ListedCity[] {
    return text.split('\n').flatMap((line) => {
        const [city = '', region = '', country = '', latitude, longitude] = line.split('\t');
        if (city === '') return [];
        const words = plain(city);
        return [
            {
                city,
                region,
                country,
                latitude: Number(latitude),
                longitude: Number(longitude),
                words,
            },
        ];
    });
}

/** Accents, apostrophes and case do not matter when looking for a city. */
export function plain(text: string): string {
    return folded(text)
        .normalize('NFD')
        .replace(/[\u0300-\u036f'’ʼ.-]/g, '')
        .replace(/ø/g, 'o')
        .replace(/ł/g, 'l')
        .replace(/ı/g, 'i')
        .replace(/ß/g, 'ss');
}

/** Cities whose name, or a word of it, begins as typed; the beginning first, the largest first. */
export function findCities(
    cities: readonly ListedCity[],
    typed: string,
    most: number,
): readonly ListedCity[] {
    const [name = '', further] = typed.split(',');
    const wanted = plain(name);
    if (wanted === '') return cities.slice(0, most);
    const country = plain(further ?? '');
    const fits = (city: ListedCity) =>
        country === '' ||
        plain(city.country).startsWith(country) ||
        plain(city.region).startsWith(country);
    const first = cities.filter((city) => city.words.startsWith(wanted) && fits(city));
    const second = cities.filter((city) => city.words.includes(` ${wanted}`) && fits(city));
    return [...first, ...second.filter((city) => !first.includes(city))].slice(0, most);
}

/** The listed city nearest to a place on the globe. */
export function nearestCity(
    cities: readonly ListedCity[],
    latitude: number,
    longitude: number,
): ListedCity | null {
    let best: ListedCity | null = null;
    let bestDistance = Infinity;
    for (const city of cities) {
        const distance = angle(latitude, longitude, city.latitude, city.longitude);
        if (distance < bestDistance) [best, bestDistance] = [city, distance];
    }
    return best;
}

/** The angle between two places, seen from the middle of the earth, in radians. */
function angle(
    latitudeA: number,
    longitudeA: number,
    latitudeB: number,
    longitudeB: number,
): number {
    const radians = (degrees: number) => (degrees * Math.PI) / 180;
    const [a, b] = [radians(latitudeA), radians(latitudeB)];
    const cosine =
        Math.sin(a) * Math.sin(b) +
        Math.cos(a) * Math.cos(b) * Math.cos(radians(longitudeA - longitudeB));
    return Math.acos(Math.min(1, Math.max(-1, cosine)));
}
