import type { Domains } from '../connection/domains.ts';

/** The cards of the page, by whose service feeds them. */
const CARDS: Readonly<Record<string, readonly string[]>> = {
    weather: ['Weather'],
    crypto: ['Prices', 'Movers'],
    stock: ['Stocks'],
    news: ['News'],
};
export const DOMAINS = Object.keys(CARDS);
export const ALL_CARDS = Object.values(CARDS).flat().length;

export function cardsOf(domain: string): readonly string[] {
    return CARDS[domain] ?? [domain];
}

/** What a service says of itself counts more than what the greeting said of it. */
function isSimulated(domain: string, greeted: readonly string[], domains: Domains): boolean {
    return domains.get(domain)?.simulated ?? greeted.includes(domain);
}

export function simulatedCards(greeted: readonly string[], domains: Domains): readonly string[] {
    return DOMAINS.filter((domain) => isSimulated(domain, greeted, domains)).flatMap(cardsOf);
}

export function areAllSimulated(greeted: readonly string[], domains: Domains): boolean {
    return DOMAINS.every((domain) => isSimulated(domain, greeted, domains));
}
