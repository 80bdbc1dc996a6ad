import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { HtmlTagDescriptor, Plugin } from 'vite';

const beforePaintPath = fileURLToPath(new URL('../src/shell/before-paint.js', import.meta.url));

/**
 * Adds to <head> what must be there before the first paint: the blocking theme script, as a file of
 * its own so that `script-src 'self'` holds, and the preload of the one font that every page needs.
 */
export function headPlugin(): Plugin {
    let building = false;
    let scriptUrl = '/src/shell/before-paint.js';
    return {
        name: 'flux-head',
        configResolved(config) {
            building = config.command === 'build';
        },
        buildStart() {
            if (!building) return;
            const source = readFileSync(beforePaintPath, 'utf8');
            const hash = createHash('sha256').update(source).digest('base64url').slice(0, 8);
            const fileName = `assets/before-paint-${hash}.js`;
            this.emitFile({ type: 'asset', fileName, source });
            scriptUrl = `/${fileName}`;
        },
        transformIndexHtml: {
            order: 'post',
            handler(_html, context) {
                const tags: HtmlTagDescriptor[] = [
                    { tag: 'script', attrs: { src: scriptUrl }, injectTo: 'head-prepend' },
                ];
                const font = Object.keys(context.bundle ?? {}).find((name) =>
                    /geist-latin-wght-normal.*\.woff2$/.test(name),
                );
                if (font !== undefined) {
                    const attrs = { rel: 'preload', as: 'font', type: 'font/woff2' };
                    const link = { ...attrs, href: `/${font}`, crossorigin: '' };
                    tags.push({ tag: 'link', attrs: link, injectTo: 'head-prepend' });
                }
                return tags;
            },
        },
    };
}
