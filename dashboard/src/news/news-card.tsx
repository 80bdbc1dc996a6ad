import { Newspaper } from 'lucide-react';
import { useState } from 'react';
import { Block, CardMessage, LiveCard } from '../card/card.tsx';
import type { CardNouns } from '../card/problem-words.ts';
import { MoreButton } from '../controls/more-button.tsx';
import { Age } from '../figures/age.tsx';
import type { SnapshotView } from '../snapshot/use-snapshot.ts';
import styles from './news.module.css';
import type { Story } from './news.ts';
import { useWholeItems } from './use-whole-items.ts';

const NOUNS: CardNouns = {
    subject: 'News is',
    returns: 'Stories return by themselves.',
    rhythm: 'We try again every 8 minutes.',
};

export function NewsCard({ data, card, onTryNow }: SnapshotView<readonly Story[]>) {
    const [long, setLong] = useState(false);
    const stories = data ?? [];
    return (
        <LiveCard
            title="World news"
            state={card}
            nouns={NOUNS}
            source=""
            at={null}
            waiting="Loading"
            tools={
                stories.length > 3 && (
                    <MoreButton
                        more={`All ${stories.length}`}
                        open={long}
                        onToggle={() => setLong(!long)}
                    />
                )
            }
            skeleton={<NewsSkeleton />}
            onTryNow={onTryNow}
        >
            {stories.length === 0 ? (
                <CardMessage
                    icon={<Newspaper size={24} strokeWidth={1.75} aria-hidden />}
                    title="No stories right now"
                >
                    The next ones appear by themselves.
                </CardMessage>
            ) : long ? (
                <ul className={styles['list']}>
                    {stories.map((story) => (
                        <StoryItem key={story.id} story={story} whole />
                    ))}
                </ul>
            ) : (
                <ShortList stories={stories} />
            )}
        </LiveCard>
    );
}

/** As many whole headlines as there is room for. */
function ShortList({ stories }: { readonly stories: readonly Story[] }) {
    const list = useWholeItems<HTMLUListElement>(styles['clipped'] ?? '', stories);
    return (
        <div className={styles['room']}>
            <ul ref={list} className={`${styles['list']} ${styles['short']}`}>
                {stories.map((story) => (
                    <StoryItem key={story.id} story={story} whole={false} />
                ))}
            </ul>
        </div>
    );
}

function StoryItem({ story, whole }: { readonly story: Story; readonly whole: boolean }) {
    return (
        <li>
            <article className={styles['story']}>
                <h3>
                    {story.url === '' ? (
                        <bdi>{story.title}</bdi>
                    ) : (
                        <a href={story.url} target="_blank" rel="noopener noreferrer">
                            <bdi>{story.title}</bdi>
                        </a>
                    )}
                </h3>
                {whole && story.description !== '' && (
                    <bdi className={styles['description']}>{story.description}</bdi>
                )}
                <p>
                    <bdi>{story.source}</bdi>
                    {story.source !== '' && story.publishedAt !== null && ' · '}
                    {story.publishedAt !== null && <Age at={story.publishedAt} />}
                </p>
            </article>
        </li>
    );
}

const WIDTHS = [
    ['92%', '51%'],
    ['92%', '39%'],
    ['92%', '58%'],
] as const;

function NewsSkeleton() {
    return (
        <ul className={styles['list']} aria-hidden>
            {WIDTHS.map(([first, second]) => (
                <li key={second}>
                    <div className={styles['skeleton']}>
                        <Block width={first} height={12} />
                        <Block width={second} height={12} />
                        <Block width="29%" height={10} />
                    </div>
                </li>
            ))}
        </ul>
    );
}
