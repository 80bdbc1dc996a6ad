// Random JSON as text, so that numbers no double holds and odd spellings are part of it.
import { randomInt } from "node:crypto";

/** A seeded generator (mulberry32): a failure is repeated with its seed. */
export class Chance {
  constructor(seed = randomInt(2 ** 31)) {
    this.seed = seed;
    this.state = seed;
  }

  below(bound) {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  }

  pick(items) {
    return items[this.below(items.length)];
  }

  word(letters = "abcdefghijklmnopqrstuvwxyz") {
    return Array.from({ length: 3 + this.below(8) }, () => this.pick([...letters])).join("");
  }
}

const STRINGS = ['"\\u00e9\\/"', '"हिन्दी 😀"', '"\\ud83d\\ude00"', '"a\\"b\\\\c\\n"', '"\\u2028"', '""', '"\\ud800"'];
const NUMBERS = ["0", "-0", "1.50", "123456789012345678901234567890", "0.1000000000000000055511151231257827",
  "1e400", "-1E-400", "9007199254740993"];

/** A random value as JSON text; blanks are part of the text. */
export function randomJson(chance, depth = 3) {
  const blank = () => chance.pick(["", "", " ", "\n ", "\t"]);
  const kind = chance.below(depth > 0 ? 6 : 4);
  if (kind === 0) return chance.pick(NUMBERS);
  if (kind === 1) return chance.pick(STRINGS);
  if (kind === 2) return chance.pick(["true", "false", "null"]);
  if (kind === 3) return JSON.stringify(chance.word());
  const items = Array.from({ length: chance.below(4) }, () => randomJson(chance, depth - 1));
  if (kind === 4) return `[${blank()}${items.join(`${blank()},${blank()}`)}${blank()}]`;
  const members = items.map((item, index) => `"${chance.word()}${index}"${blank()}:${blank()}${item}`);
  return `{${blank()}${members.join(`,${blank()}`)}${blank()}}`;
}
