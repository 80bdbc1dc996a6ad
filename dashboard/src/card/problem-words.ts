import { figures } from '../figures/figures.ts';
import type { Problem } from '../payload/fields.ts';

/** How a card speaks of what it shows. */
export interface CardNouns {
    /** `Stock prices are`, `News is`. */
    readonly subject: string;
    /** What happens next: `Stories return by themselves.` */
    readonly returns: string;
    /** `We try again every 2 minutes.`; empty where there is no such rhythm. */
    readonly rhythm: string;
}

export interface ProblemWords {
    readonly title: string;
    readonly sentence: string;
    /** It is over at a known time: a clock, not a broken cloud. */
    readonly resting: boolean;
    /** Whether trying now could help. */
    readonly canTry: boolean;
}

/** What a card says when it has nothing. null: nothing came, and nobody said why. */
export function wordsFor(nouns: CardNouns, problem: Problem | null): ProblemWords {
    const title = `${nouns.subject} not available`;
    const words = (sentence: string, canTry: boolean): ProblemWords => {
        return { title, sentence, resting: false, canTry };
    };
    switch (problem?.code) {
        case undefined:
            return words(`Nothing has come yet. ${nouns.returns}`, true);
        case 'source_down':
            return words(
                `The source does not answer. The rest of the page is live. ${nouns.rhythm || nouns.returns}`,
                true,
            );
        case 'no_key':
            return words('There is no key for the source. Put one in its key file.', false);
        case 'key_refused':
            return words('The source refused the key. Check its key file.', false);
        case 'bad_data':
            return words(`We could not read the last update. ${nouns.returns}`, true);
        case 'limit': {
            const until = problem?.retryAt == null ? '' : ` until ${figures.hour(problem.retryAt)}`;
            return {
                title: `${nouns.subject} resting${until}`,
                sentence: `The allowance of the source is used up. ${nouns.returns}`,
                resting: true,
                canTry: false,
            };
        }
        default:
            return words(sentenceOf(problem?.message ?? '') || nouns.returns, true);
    }
}

/** The reason alone, in a few words, for the status. */
export function reasonOf(problem: Problem): string {
    switch (problem.code) {
        case 'source_down':
            return 'the source does not answer';
        case 'no_key':
            return 'there is no key';
        case 'key_refused':
            return 'the key was refused';
        case 'bad_data':
            return 'the last update could not be read';
        case 'limit':
            return problem.retryAt === null
                ? 'the allowance is used up'
                : `the allowance is used up until ${figures.hour(problem.retryAt)}`;
        default:
            return problem.message || 'no reason given';
    }
}

/** The server's own words, as a sentence. */
function sentenceOf(message: string): string {
    const text = message.trim();
    if (text === '') return '';
    const begun = text.slice(0, 1).toUpperCase() + text.slice(1);
    return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
