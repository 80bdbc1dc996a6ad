const NARROW = 0.55;
const CAPITAL = 1.15;
const BROAD = 1.5;
const SQUARE = 1.8;

function widthOf(letter: string): number {
    if ("fijlrtI1 .,'’-|()".includes(letter)) return NARROW;
    if ('mwMW@'.includes(letter)) return BROAD;
    if (/[\u2e80-\uffef]/u.test(letter)) return SQUARE;
    return /[\p{Lu}\p{N}]/u.test(letter) ? CAPITAL : 1;
}

/** About how wide a name stands, in letters of usual width; what a font really takes differs by a tenth or so. */
export function nameWidth(name: string): number {
    return [...name].reduce((sum, letter) => sum + widthOf(letter), 0);
}
