import type { Problem } from './ticker.ts';

export interface ProblemWords {
    readonly title: string;
    readonly sentence: string;
}

const NOT_AVAILABLE = 'Live prices are not available';

/** What the card says when there are no prices. null: they never came, and nobody said why. */
export function wordsFor(problem: Problem | null): ProblemWords {
    switch (problem?.code) {
        case undefined:
            return {
                title: NOT_AVAILABLE,
                sentence: 'No price has come yet. Prices appear by themselves.',
            };
        case 'source_down':
            return {
                title: NOT_AVAILABLE,
                sentence: 'The source does not answer. Prices return by themselves.',
            };
        case 'no_key':
            return {
                title: NOT_AVAILABLE,
                sentence: 'There is no key for the source. Give one in its key file.',
            };
        case 'key_refused':
            return {
                title: NOT_AVAILABLE,
                sentence: 'The source refused the key. Check its key file.',
            };
        case 'limit':
            return {
                title: 'Live prices are resting',
                sentence: 'The allowance of the source is used up. Prices return by themselves.',
            };
        default:
            return {
                title: NOT_AVAILABLE,
                sentence: problem?.message || 'Prices return by themselves.',
            };
    }
}
