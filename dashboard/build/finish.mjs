// Runs after `vite build`: compresses what the gateway serves, so that no request ever compresses
// anything, and refuses a first view that is heavier than its budget.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const compressible = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt']);
/** Gzip kilobytes of one first view. */
const budgetKb = { '.js': 170, '.css': 12 };

/** @param {string} folder @returns {string[]} */
function filesUnder(folder) {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory() ? filesUnder(path) : [path];
    });
}

/** Files that the page loads at once are named in its HTML; everything else is loaded on demand. */
const html = readFileSync(join(dist, 'index.html'), 'utf8');
/** @type {Record<string, number>} */
const firstViewBytes = { '.js': 0, '.css': 0 };

for (const path of filesUnder(dist)) {
    const extension = extname(path);
    if (!compressible.has(extension)) continue;
    const bytes = readFileSync(path);
    const gzip = gzipSync(bytes, { level: 9 });
    const brotli = brotliCompressSync(bytes, {
        params: {
            [constants.BROTLI_PARAM_QUALITY]: 11,
            [constants.BROTLI_PARAM_SIZE_HINT]: statSync(path).size,
        },
    });
    writeFileSync(`${path}.gz`, gzip);
    writeFileSync(`${path}.br`, brotli);
    const name = relative(dist, path);
    if (extension in firstViewBytes && html.includes(name)) {
        firstViewBytes[extension] = (firstViewBytes[extension] ?? 0) + gzip.length;
    }
}

let overBudget = false;
for (const [extension, limitKb] of Object.entries(budgetKb)) {
    const kb = (firstViewBytes[extension] ?? 0) / 1000;
    overBudget ||= kb > limitKb;
    const label = extension.slice(1).toUpperCase();
    console.log(`first view ${label}: ${kb.toFixed(1)} KB gzip (budget ${limitKb} KB)`);
}
if (overBudget) {
    console.error('The first view is over its budget: load what it does not need on demand.');
    process.exit(1);
}
