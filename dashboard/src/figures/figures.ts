/** Shown wherever a figure is missing or is not finite. */
export const EN_DASH = '–';
const MINUS = '\u2212';

export type Direction = 'up' | 'down' | 'flat';

/** Writes figures the way the page shows them. Every method takes null and answers an en dash. */
export interface Figures {
    /** A price: two decimals from 10, four from 0.01, six below. */
    price(value: number | null, quote: string): string;
    /** One end of a price range, without currency and, from 1,000, without decimals. */
    rangeEnd(value: number | null): string;
    /** Percent with sign and two decimals; the minus is U+2212. */
    percent(value: number | null): string;
    /** The same for a screen reader: "up 1.84 percent". */
    spokenPercent(value: number | null): string;
    /** Money in three significant digits: $43.0M, $3.12B. */
    compactMoney(value: number | null, quote: string): string;
    /** A market value kept in rupees: lakh and crore for locales of India, three digits elsewhere. */
    compactRupees(value: number | null): string;
    /** A share or coin price without currency; two decimals from 10 as for `price`. */
    plainPrice(value: number | null): string;
    /** Money of a share: always two decimals. */
    shares(value: number | null): string;
    /** The same with its sign, for a change. */
    signedShares(value: number | null): string;
    /** How much of a coin: four significant digits and more where it is large. */
    quantity(value: number | null): string;
    /** A count or a measurement without decimals: 1,009. */
    whole(value: number | null): string;
    /** Local time of day, 14:32:08. `ms` since the epoch. */
    timeOfDay(ms: number): string;
    /** Local time of day without seconds, 14:32. */
    hour(ms: number): string;
    /** Day and time in full, for who wants to know exactly. */
    exactly(ms: number): string;
    /** How long ago: now, 40 s ago, 12 min ago, 3 h ago, else the day. Both in ms since the epoch. */
    age(ms: number, nowMs: number): string;
    /** A length of time in ms: 8 s, 12 min, 3 h. */
    duration(ms: number): string;
}

/** The direction of a change as it is shown: what rounds to 0.00 is flat. */
export function directionOf(percent: number | null): Direction {
    if (percent === null || !Number.isFinite(percent)) return 'flat';
    const shown = roundTo(percent, 2);
    return shown > 0 ? 'up' : shown < 0 ? 'down' : 'flat';
}

function roundTo(value: number, digits: number): number {
    const scale = 10 ** digits;
    return Math.round(value * scale) / scale;
}

/** Decimals of a price. The limit is compared after rounding, so 9.99996 is 10.00 and not 10.0000. */
function priceDigits(value: number): number {
    const size = Math.abs(value);
    if (roundTo(size, 4) >= 10) return 2;
    return size === 0 || roundTo(size, 6) >= 0.01 ? 4 : 6;
}

const CURRENCY = /^[A-Z]{3}$/;
const COMPACT_UNITS = ['', 'K', 'M', 'B', 'T'] as const;

/** The scaled number and its unit, so that 999,950 becomes 1.00M and never 1000K. */
function compactParts(value: number): { scaled: number; unit: string } {
    let scaled = value;
    let index = 0;
    while (Number(Math.abs(scaled).toPrecision(3)) >= 1000 && index < COMPACT_UNITS.length - 1) {
        scaled /= 1000;
        index += 1;
    }
    return { scaled, unit: COMPACT_UNITS[index] ?? '' };
}

function known(value: number | null): value is number {
    return value !== null && Number.isFinite(value);
}

/** Writes the unit directly behind the last digit, wherever the locale puts the currency sign. */
function withUnit(parts: Intl.NumberFormatPart[], unit: string): string {
    let last = -1;
    parts.forEach((part, index) => {
        if (part.type === 'integer' || part.type === 'fraction') last = index;
    });
    return parts.map((part, index) => part.value + (index === last ? unit : '')).join('');
}

/** Formatters cost far more to make than to use: each kind is made once and kept. */
class NumberFormats {
    readonly #kept = new Map<string, Intl.NumberFormat>();

    constructor(private readonly locale: string | undefined) {}

    decimals(digits: number, quote?: string): Intl.NumberFormat {
        const fraction = { minimumFractionDigits: digits, maximumFractionDigits: digits };
        return this.#get(`d${digits}${quote ?? ''}`, { ...fraction, ...money(quote) });
    }

    significant(digits: number, quote: string): Intl.NumberFormat {
        const significant = { minimumSignificantDigits: digits, maximumSignificantDigits: digits };
        return this.#get(`s${digits}${quote}`, { ...significant, ...money(quote) });
    }

    #get(key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
        let format = this.#kept.get(key);
        if (format === undefined) {
            format = new Intl.NumberFormat(this.locale, options);
            this.#kept.set(key, format);
        }
        return format;
    }
}

function money(quote: string | undefined): Intl.NumberFormatOptions {
    if (quote === undefined || !CURRENCY.test(quote)) return {};
    return { style: 'currency', currency: quote, currencyDisplay: 'narrowSymbol' };
}

function isIndian(locale: string | undefined): boolean {
    try {
        return locale !== undefined && new Intl.Locale(locale).maximize().region === 'IN';
    } catch {
        return false;
    }
}

const CRORE = 1e7;
const LAKH = 1e5;
const LAKH_CRORE = LAKH * CRORE;

/** 8.61 L Cr, 75,000 Cr, 12.3 L: three digits, counted as India counts. */
function indianParts(value: number): { scaled: number; unit: string } {
    const size = Math.abs(value);
    if (size >= LAKH_CRORE) return { scaled: value / LAKH_CRORE, unit: ' L Cr' };
    if (size >= CRORE) return { scaled: value / CRORE, unit: ' Cr' };
    if (size >= LAKH) return { scaled: value / LAKH, unit: ' L' };
    return { scaled: value, unit: '' };
}

/** `locale` decides the separators only; the digits are the same everywhere. */
export function createFigures(locale?: string): Figures {
    const numbers = new NumberFormats(locale);
    const clock = new Intl.DateTimeFormat(locale, {
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        hourCycle: 'h23',
    });
    const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
    const signed = new Intl.NumberFormat(locale, {
        style: 'percent',
        minimumFractionDigits: 2,
        maximumFractionDigits: 2,
        signDisplay: 'exceptZero',
    });
    const spoken = numbers.decimals(2);
    const time = new Intl.DateTimeFormat(locale, {
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
    });
    const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
    const signedTwo = new Intl.NumberFormat(locale, {
        minimumFractionDigits: 2,
        maximumFractionDigits: 2,
        signDisplay: 'exceptZero',
    });
    const rupees = isIndian(locale);

    function compact(value: number, quote: string): string {
        const { scaled, unit } = compactParts(value);
        const parts = numbers.significant(3, quote).formatToParts(scaled);
        return withUnit(parts, unit).replace('-', MINUS);
    }

    return {
        price(value, quote) {
            if (!known(value)) return EN_DASH;
            return numbers.decimals(priceDigits(value), quote).format(value).replace('-', MINUS);
        },
        rangeEnd(value) {
            if (!known(value)) return EN_DASH;
            const digits = Math.round(Math.abs(value)) >= 1000 ? 0 : priceDigits(value);
            return numbers.decimals(digits).format(value).replace('-', MINUS);
        },
        percent(value) {
            if (!known(value)) return EN_DASH;
            return signed.format(value / 100).replace('-', MINUS);
        },
        spokenPercent(value) {
            if (!known(value)) return 'not known';
            const direction = directionOf(value);
            if (direction === 'flat') return 'unchanged';
            return `${direction} ${spoken.format(Math.abs(value))} percent`;
        },
        compactMoney(value, quote) {
            return known(value) ? compact(value, quote) : EN_DASH;
        },
        compactRupees(value) {
            if (!known(value)) return EN_DASH;
            if (!rupees) return compact(value, 'INR');
            const { scaled, unit } = indianParts(value);
            const format = numbers.significant(3, 'INR');
            return withUnit(format.formatToParts(scaled), unit).replace('-', MINUS);
        },
        plainPrice(value) {
            if (!known(value)) return EN_DASH;
            return numbers.decimals(priceDigits(value)).format(value).replace('-', MINUS);
        },
        shares(value) {
            return known(value) ? spoken.format(value).replace('-', MINUS) : EN_DASH;
        },
        signedShares(value) {
            return known(value) ? signedTwo.format(value).replace('-', MINUS) : EN_DASH;
        },
        quantity(value) {
            if (!known(value)) return EN_DASH;
            const size = Math.abs(value);
            const digits = size >= 1000 ? 0 : size >= 1 ? 2 : 4;
            return numbers.decimals(digits).format(value).replace('-', MINUS);
        },
        whole(value) {
            return known(value)
                ? numbers
                      .decimals(0)
                      .format(Math.round(value) || 0)
                      .replace('-', MINUS)
                : EN_DASH;
        },
        timeOfDay: (ms) => clock.format(ms),
        hour: (ms) => time.format(ms),
        exactly: (ms) => exact.format(ms),
        age(ms, nowMs) {
            const seconds = Math.floor((nowMs - ms) / 1000);
            if (seconds < 5) return 'now';
            if (seconds < 60) return `${seconds} s ago`;
            if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
            if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
            return day.format(ms);
        },
        duration(ms) {
            const seconds = Math.max(0, Math.floor(ms / 1000));
            if (seconds < 60) return `${seconds} s`;
            if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
            return `${Math.floor(seconds / 3600)} h`;
        },
    };
}

/** The page's own formatters, in the visitor's locale. */
export const figures = createFigures(globalThis.navigator?.language);
