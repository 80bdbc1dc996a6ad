import { fieldsOf, momentOf, numberOf, textOf } from '../payload/fields.ts';

export type SkyKind =
    | 'clear'
    | 'few-clouds'
    | 'clouds'
    | 'overcast'
    | 'showers'
    | 'rain'
    | 'thunder'
    | 'snow'
    | 'mist'
    | 'unknown';

/** The weather of one city. null: missing, or not a finite number. */
export interface Reading {
    readonly city: string;
    /** ISO code; empty when the server does not say. */
    readonly country: string;
    readonly temperature: number | null;
    readonly feelsLike: number | null;
    readonly condition: string;
    readonly sky: SkyKind;
    readonly night: boolean;
    readonly humidity: number | null;
    readonly windKph: number | null;
    /** Where the wind comes from, degrees from the north. */
    readonly windDegree: number | null;
    readonly windFrom: string;
    readonly visibilityKm: number | null;
    readonly pressure: number | null;
    /** 1 (good) to 6 (hazardous); null when it is not known. */
    readonly airIndex: number | null;
    readonly pm25: number | null;
    /** When it was measured, server's time in ms. */
    readonly measuredAt: number | null;
}

/** By the two digits that OpenWeatherMap names its pictures with. */
const SKIES: Readonly<Record<string, SkyKind>> = {
    '01': 'clear',
    '02': 'few-clouds',
    '03': 'clouds',
    '04': 'overcast',
    '09': 'showers',
    '10': 'rain',
    '11': 'thunder',
    '13': 'snow',
    '50': 'mist',
};

/** Reads the payload of a `weather.{city}.update`; null when it holds no weather. */
export function readWeather(payload: unknown): Reading | null {
    const envelope = fieldsOf(payload);
    const data = fieldsOf(envelope?.['data']);
    if (data === null || (envelope?.['status'] ?? 'success') !== 'success') return null;
    const city = textOf(data['city']).trim();
    if (city === '') return null;
    const air = fieldsOf(data['airQuality']);
    const icon = /(\d\d)([dn])(?:@2x)?\.\w+$/.exec(textOf(data['icon']));
    const index = numberOf(air?.['usEpaIndex']) ?? numberOf(air?.['us-epa-index']);
    return {
        city,
        country: textOf(data['country']).trim().toUpperCase(),
        temperature: numberOf(data['temperatureC']),
        feelsLike: numberOf(data['feelslikeC']),
        condition: capitalised(textOf(data['condition']).trim()),
        sky: SKIES[icon?.[1] ?? ''] ?? 'unknown',
        night: icon?.[2] === 'n',
        humidity: numberOf(data['humidity']),
        windKph: numberOf(data['windKph']),
        windDegree: numberOf(data['windDegree']),
        windFrom: textOf(data['windDir']).trim(),
        visibilityKm: numberOf(data['visibilityKm']),
        pressure: numberOf(data['pressureMb']),
        airIndex: index !== null && index >= 1 && index <= 6 ? Math.round(index) : null,
        pm25: numberOf(air?.['pm25']) ?? numberOf(air?.['pm2_5']),
        measuredAt: momentOf(data['lastUpdated']) ?? momentOf(data['fetchedAt']),
    };
}

function capitalised(text: string): string {
    return text.slice(0, 1).toUpperCase() + text.slice(1);
}
