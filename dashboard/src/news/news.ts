import {
    itemsOf,
    momentOf,
    readReply,
    textOf,
    type Fields,
    type Reply,
} from '../payload/fields.ts';
import { Snapshot } from '../snapshot/snapshot.ts';

export interface Story {
    readonly id: string;
    readonly title: string;
    readonly description: string;
    /** http or https, or empty: nothing else is ever linked to. */
    readonly url: string;
    readonly source: string;
    /** ms since the epoch, the source's time; null when it is not known. */
    readonly publishedAt: number | null;
}

const STORIES_MAX = 50;

/** Reads one `newsUpdate`. A story without a description is shown, one without a title is not. */
export function readNews(payload: unknown): Reply<readonly Story[]> | null {
    return readReply(payload, (envelope) => {
        if (!Array.isArray(envelope['data'])) return null;
        const known = new Set<string>();
        return itemsOf(envelope['data'], storyOf, STORIES_MAX).filter(({ id }) => {
            if (known.has(id)) return false;
            known.add(id);
            return true;
        });
    });
}

function storyOf(fields: Fields): Story | null {
    const title = textOf(fields['title']).trim();
    if (title === '') return null;
    const url = webAddress(textOf(fields['url']));
    return {
        id: textOf(fields['id']) || url || title,
        title,
        description: textOf(fields['description']).trim(),
        url,
        source: textOf(fields['sourceName']).trim() || textOf(fields['source']).trim(),
        publishedAt: momentOf(fields['publishedAt']),
    };
}

function webAddress(text: string): string {
    try {
        const { protocol, href } = new URL(text);
        return protocol === 'https:' || protocol === 'http:' ? href : '';
    } catch {
        return '';
    }
}

export type News = Snapshot<readonly Story[]>;

export function createNews(): News {
    return new Snapshot({
        event: 'newsUpdate',
        request: 'topNewsRequest',
        read: readNews,
        madeAt: () => null,
        same: (a, b) => a.length === b.length && a.every(({ id }, index) => id === b[index]?.id),
    });
}
