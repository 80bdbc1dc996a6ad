import { expect, test } from 'vitest';
import { figures } from '../figures/figures.ts';
import { reasonOf, wordsFor, type CardNouns } from './problem-words.ts';

const NEWS: CardNouns = {
    subject: 'News is',
    returns: 'Stories return by themselves.',
    rhythm: 'We try again every 8 minutes.',
};
const problem = (code: string, message = '', retryAt: number | null = null) => ({
    code,
    message,
    retryAt,
});
const words = (code: string, message = '') => wordsFor(NEWS, problem(code, message));

test('claims nothing about the source when nobody said why', () => {
    expect(wordsFor(NEWS, null).sentence).not.toMatch(/source/);
    expect(words('source_down').sentence).toBe(
        'The source does not answer. The rest of the page is live. We try again every 8 minutes.',
    );
});

test('a key that is missing was not refused, and neither helps to try again', () => {
    expect(words('no_key').sentence).toMatch(/no key/);
    expect(words('key_refused').sentence).toMatch(/refused/);
    expect([words('no_key'), words('key_refused')].map(({ canTry }) => canTry)).toEqual([
        false,
        false,
    ]);
});

test('a used-up allowance is a rest until a known time', () => {
    const until = new Date(2026, 2, 20, 15, 10).getTime();
    const resting = wordsFor(NEWS, problem('limit', '', until));
    expect(resting).toMatchObject({
        title: 'News is resting until 15:10',
        resting: true,
        canTry: false,
    });
    expect(wordsFor(NEWS, problem('limit')).title).toBe('News is resting');
    expect(reasonOf(problem('limit', '', until))).toContain(figures.hour(until));
});

test('repeats, as a sentence, what the server says of a reason it does not know', () => {
    expect(words('other', 'the moon is in the way').sentence).toBe('The moon is in the way.');
    expect(words('other').sentence).toBe(NEWS.returns);
    expect(reasonOf(problem('other', 'the moon'))).toBe('the moon');
});

test.each(['source_down', 'no_key', 'key_refused', 'bad_data', 'limit', 'other'])(
    '%s has no code and no exclamation mark in its words',
    (code) => {
        const { title, sentence } = words(code);
        expect(`${title} ${sentence} ${reasonOf(problem(code))}`).not.toMatch(/_|!|oops/i);
    },
);
