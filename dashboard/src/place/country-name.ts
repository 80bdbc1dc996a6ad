let names: Intl.DisplayNames | null = null;

/** The country of an ISO code in words; what is no code stays as it is. */
export function countryName(code: string, locale?: string): string {
    if (!/^[A-Z]{2}$/.test(code)) return code;
    try {
        if (locale !== undefined) return displayNames(locale).of(code) ?? code;
        names ??= displayNames('en');
        return names.of(code) ?? code;
    } catch {
        return code;
    }
}

function displayNames(locale: string): Intl.DisplayNames {
    return new Intl.DisplayNames(locale, { type: 'region', fallback: 'code' });
}
