import { expect, test } from 'vitest';
import { wordsFor } from './problem-words.ts';

function sentence(code: string, message = ''): string {
    return wordsFor({ code, message }).sentence;
}

test('claims nothing about the source when nobody said why', () => {
    expect(wordsFor(null).sentence).not.toMatch(/source/);
    expect(sentence('source_down')).toMatch(/does not answer/);
});

test('a key that is missing was not refused', () => {
    expect(sentence('no_key')).toMatch(/no key/);
    expect(sentence('no_key')).not.toMatch(/refused/);
    expect(sentence('key_refused')).toMatch(/refused/);
});

test('repeats what the server says of a reason it does not know', () => {
    expect(sentence('other', 'The moon is in the way.')).toBe('The moon is in the way.');
});
